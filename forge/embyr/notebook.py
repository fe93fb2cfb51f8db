"""Show recordings and realms in a notebook; IPython need not be installed."""

import html
import os

from forge.blade.realm import Realms
from forge.blade.recording.replay import Recording
from forge.embyr import page
from forge.embyr.worlds import ReplayedWorld, World
from forge.errors import shown
from forge.files import at_home, write_atomic

HEIGHT = 560  # of a cell [pixels]


class Shown:
    """What a notebook's cell shows: a page in a frame of its own."""

    def __init__(self, text: str, height: int = HEIGHT) -> None:
        self._text, self._height = text, height

    def _repr_html_(self) -> str:
        """Write the cell, as notebooks ask for it."""
        style = f"width:100%;height:{self._height}px;border:0;border-radius:8px"
        inside = html.escape(self._text, quote=True)
        return (
            f'<iframe srcdoc="{inside}" style="{style}" title="A world of Forge" '
            'sandbox="allow-scripts allow-downloads"></iframe>'
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, which opens from the disk."""
        write_atomic(at_home(path), self._text.encode())


class _Still(World):
    """Realms as they are: nothing is played."""

    unthinking = "This is one tick, without the network."

    def __init__(self, realms: Realms) -> None:
        super().__init__()
        self.realms, self.source = realms, "A world as it is now."

    @property
    def left(self) -> int:
        """Nothing comes."""
        return 0

    def tick(self) -> None:
        """Play nothing."""

    def learn(self, weights: object) -> None:
        """Learn nothing."""


def show(
    what: str | os.PathLike[str] | Recording | Realms, realm: int = 0, height: int = HEIGHT
) -> Shown:
    """Show a recording, or a realm as it is now, in a notebook's cell.

    Args:
        what: a recording or its file: all of it can be played. Or realms: they are shown as they
            are, and not played, as that would change them.
        realm: index of the realm in the batch, where there are several.
        height: of the cell [pixels].

    Returns:
        An object that notebooks show by themselves; ``save`` writes it to a file.

    Raises:
        ForgeError: if the recording cannot be used, or the viewer's page is not installed.
        TypeError: for anything else.
    """
    if isinstance(what, (str, os.PathLike)):
        what = Recording.read(what)
    if isinstance(what, Recording):
        world: World = ReplayedWorld(what)
        scribe = page.Scribe(world, 0)
        while not world.ended:
            world.play()
            scribe.add()
        return Shown(page.page(scribe), height)
    if not isinstance(what, Realms):
        raise TypeError(f"show takes a recording, its file or realms, not {shown(what)}")
    what.living(realm)  # refuses an index that does not exist
    return Shown(page.page(page.Scribe(_Still(what), realm)), height)
