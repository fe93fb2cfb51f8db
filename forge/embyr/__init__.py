"""Embyr: the viewer in the browser (docs/viewer.md), and flat pictures of maps and agents."""

from typing import Any

from forge.embyr.overlays import NothingToShowError as NothingToShowError
from forge.embyr.overlays import overlay as overlay


def show(what: Any, **how: Any) -> Any:
    """Show a recording, its file, or realms in a notebook; see ``forge.embyr.notebook.show``."""
    from forge.embyr.notebook import show

    return show(what, **how)
