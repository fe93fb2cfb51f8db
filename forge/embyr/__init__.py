"""Embyr: the viewer in the browser (docs/viewer.md), and flat pictures of maps and agents."""
