"""Neural tools for any framework: returns, rollouts, metrics, life records, checkpoints."""
