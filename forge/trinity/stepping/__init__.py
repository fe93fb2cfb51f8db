"""The parts of ``smith.VecEnv``: groups of realms, one per worker, and the memory they share."""
