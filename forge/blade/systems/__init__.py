"""The rule systems of the world: one module and one small kernel each."""
