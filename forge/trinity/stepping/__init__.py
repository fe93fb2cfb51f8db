"""What ``smith.VecEnv`` is made of: realms in groups, one per worker, and the memory they share."""
