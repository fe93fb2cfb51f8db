"""Engines run shards and nothing else; results do not depend on which."""
