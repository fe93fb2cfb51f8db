"""The parts of an evaluation: its plan, and the counts that it sums up (see trinity.evaluate)."""
