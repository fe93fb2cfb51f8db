"""Write one page that holds the viewer and what it shows: it opens from the disk, from anywhere.

The messages are those that a server would send (see packets). Each is preceded by a byte that says
whether it is text (0) or binary (1) and by its length (u32, little-endian); all of them together
are deflated and written as base64.
"""

import base64
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from forge.embyr import frames, packets
from forge.embyr.frames import Frame, Witness
from forge.embyr.server import PageError, check_page
from forge.embyr.worlds import World

RECORDING = "recording"  # id of the element that holds the messages; the page looks for it

_STYLE = re.compile(r'<link rel="stylesheet" href="([\w.]+)">')
_SCRIPT = re.compile(r'<script type="module" src="([\w.]+)"></script>')


class Scribe:
    """Write down what a viewer of one realm would be sent, from now on."""

    def __init__(self, world: World, w: int) -> None:
        self._world, self._w = world, w
        self.messages: list[str | bytes] = []
        self._begin()

    def _begin(self) -> None:
        """Write down all of the realm as it is."""
        realms, world, w = self._world.realms, self._world, self._w
        setting = frames.setting(realms.config, realms.indices[w], realms.maps[w], world.source)
        setting |= {"again": "Play it from its beginning", "unthinking": _unthinking(world)}
        self._witness, self._moves = Witness(realms, w), world.moves[w]
        world.witnesses = [self._witness]
        self._frame: Frame = self._witness.first()
        self.messages += [
            packets.hello(setting, [realms.indices[w]]),
            packets.land(frames.land(realms, w)),
            packets.tick(self._frame, None),
        ]

    def add(self) -> None:
        """Write down the tick that was just played."""
        if self._world.moves[self._w] != self._moves:
            self._begin()
            return
        frame = self._witness.frame()
        self.messages.append(packets.tick(frame, self._frame))
        self._frame = frame
        if self._world.ended:
            self.messages.append(packets.notice("source", text=self._world.source))


def _unthinking(world: World) -> str:
    return world.unthinking or "The network is not in this page."


def written(messages: list[str | bytes]) -> str:
    """Write messages as text."""
    parts = []
    for message in messages:
        raw = message.encode() if isinstance(message, str) else message
        parts += [struct.pack("<BI", isinstance(message, bytes), len(raw)), raw]
    return base64.b64encode(zlib.compress(b"".join(parts), 9)).decode()


def page(scribe: Scribe, folder: Path | None = None) -> str:
    """Write the page.

    Args:
        scribe: what it shows.
        folder: of the viewer's page; None: where it is installed.

    Raises:
        PageError: if the viewer's page is not installed, or is another one.
    """
    folder = check_page(folder)
    html = (folder / "index.html").read_text(encoding="utf-8")
    data = f'<script type="text/plain" id="{RECORDING}">{written(scribe.messages)}</script>'
    html = _put(html, _STYLE, lambda name: f"<style>{_style(folder / name)}</style>")
    return _put(
        html,
        _SCRIPT,
        lambda name: f'{data}\n<script type="module">{_script(folder / name)}</script>',
    )


def _put(html: str, what: re.Pattern[str], by: Callable[[str], str]) -> str:
    """Put a file's content where the page names it."""
    html, count = what.subn(lambda found: by(found[1]), html)
    if count != 1:
        raise PageError("the viewer's page is not the one of this version: install Forge again")
    return html


def _style(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("</style", "<\\/style")


def _script(path: Path) -> str:
    """Read a script; nothing in it may end the element that it stands in."""
    text = path.read_text(encoding="utf-8").replace("</script", "<\\/script")
    return text.replace("<!--", "<\\!--")
