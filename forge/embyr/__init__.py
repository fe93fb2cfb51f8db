"""Embyr: the viewer in the browser (docs/viewer.md), and flat pictures of maps and agents."""

from forge.embyr.overlays import NothingToShowError as NothingToShowError
from forge.embyr.overlays import overlay as overlay
