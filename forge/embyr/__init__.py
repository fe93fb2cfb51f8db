"""Embyr: rendering. Flat pictures of maps and agents."""
