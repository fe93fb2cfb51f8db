"""Make pictures, films and pages of a world as it is played: no browser, no display.

A film shows ticks as the viewer does at its usual pace, from above. MP4 is made by ffmpeg, which
has to be on the path; a page holds the viewer itself.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from forge.blade.state import agents_of
from forge.config import Config
from forge.embyr import frames, page, picture, sheet
from forge.embyr.pacing import RATE
from forge.embyr.palette import safe_colour
from forge.embyr.worlds import World
from forge.errors import ForgeError
from forge.files import plain_faults, write_atomic

FFMPEG = "ffmpeg"
SIDE = 720  # most pixels of a film's side, unless a tile would get less than one
RIM = 2  # tiles of lava that are shown around the land
FILM, LARGEST = 10, 16  # most pixels per tile, of a film and of a picture
MOST_PIXELS = 2**28  # of all pictures of a GIF, which are held at once
_COLOURS = 256  # of a GIF


class ExportError(ForgeError):
    """Something cannot be written; the message says why."""


def check_film() -> str:
    """Find what encodes an MP4.

    Raises:
        ExportError: if there is nothing.
    """
    found = shutil.which(FFMPEG)
    if found is None:
        raise ExportError(
            "an MP4 is made by ffmpeg, which is not on the path: install it, or write --gif"
        )
    return found


def go(world: World, w: int, tick: int) -> None:
    """Play up to a tick.

    Raises:
        ExportError: if it is over already, or never comes.
    """
    clock = world.realms.state.clock
    first = int(clock[w]["tick"])
    last = None if world.left is None else first + world.left
    if tick < first or (last is not None and tick > last):
        there = f"{first} …" if last is None else f"{first} … {last}"
        raise ExportError(f"there is no tick {tick}: there are the ticks {there}")
    while clock[w]["tick"] < tick:
        world.play()


def write_png(world: World, w: int, path: Path) -> None:
    """Draw a realm as it is."""
    scale = _scale(world, sheet.SIDE, LARGEST)
    write_atomic(path, picture.png(_drawn(world, w, scale)))


class Film(Protocol):
    """A film that is being made."""

    def __init__(self, world: World, ticks: int, path: Path) -> None:
        """Begin one of so many ticks, at most."""

    def add(self, world: World, w: int) -> None:
        """Add the realm as it is."""

    def close(self) -> None:
        """Write the file."""

    def abandon(self) -> None:
        """Leave nothing behind; harmless after ``close``."""


def write_films(world: World, w: int, paths: Mapping[str, Path], ticks: int) -> None:
    """Play some ticks, fewer where the world ends before, and write them.

    Args:
        world: is played.
        w: index of the realm in its batch.
        paths: what to write, by kind: gif, mp4, html.
        ticks: how many.

    Raises:
        ExportError: if a file cannot be written.
    """
    scribe = page.Scribe(world, w) if "html" in paths else None
    kinds: dict[str, type[Film]] = {"gif": Gif, "mp4": Mp4}
    films = [kinds[kind](world, ticks, path) for kind, path in paths.items() if kind in kinds]
    try:
        for film in films:
            film.add(world, w)
        for _ in range(ticks):
            if world.ended:
                break
            world.play()
            if scribe is not None:
                scribe.add()
            for film in films:
                film.add(world, w)
        for film in films:
            film.close()
    finally:
        for film in films:
            film.abandon()
    if scribe is not None:
        write_atomic(paths["html"], page.page(scribe).encode())


def _cut(config: Config) -> int:
    """Count the rows and columns of lava at each edge that are not shown."""
    return max(0, config.border - RIM)


def _tiles(config: Config) -> int:
    """Count the tiles on a side of a picture."""
    return config.map_size - 2 * _cut(config)


def _scale(world: World, side: int, largest: int = FILM) -> int:
    """Choose the pixels per tile, so that what is shown fits a side."""
    return min(largest, max(1, side // _tiles(world.realms.config)))


def _drawn(world: World, w: int, scale: int) -> Image.Image:
    """Draw a realm as it is, with a rim of its lava."""
    cut, state = _cut(world.realms.config), world.realms.state
    land = frames.land(world.realms, w)
    slots = agents_of(state, w)
    agents = np.array(slots[slots["alive"]])
    npcs = frames.npcs(world.realms, w)
    for table in (agents, npcs):
        table["row"] -= cut
        table["col"] -= cut
    inside = slice(cut, len(land) - cut)
    return picture.draw(land[inside, inside], agents, npcs, scale=scale)


class Gif:
    """A film as a GIF: one palette for all its pictures, so that nothing flickers."""

    def __init__(self, world: World, ticks: int, path: Path) -> None:
        size, self._path = _tiles(world.realms.config), path
        fits = int((MOST_PIXELS / (ticks + 1)) ** 0.5)
        if fits < size:
            raise ExportError(
                f"{ticks} ticks of a map of {size} × {size} tiles are too many for a GIF: give "
                "fewer --ticks, or write --mp4"
            )
        self._scale = _scale(world, min(fits, SIDE))
        self._palette: Image.Image | None = None
        self._populations = world.realms.config.populations
        self._pictures: list[Image.Image] = []

    def add(self, world: World, w: int) -> None:
        """Add the realm as it is."""
        image = _drawn(world, w, self._scale)
        if self._palette is None:
            self._palette = _palette(image, self._populations)
        self._pictures.append(image.quantize(palette=self._palette, dither=Image.Dither.NONE))

    def close(self) -> None:
        """Write the file."""
        first, *others = self._pictures
        with tempfile.SpooledTemporaryFile() as file:
            first.save(
                file, "GIF", save_all=True, append_images=others, duration=round(1000 / RATE),
                loop=0, disposal=1,
            )  # fmt: skip
            file.seek(0)
            write_atomic(self._path, file.read())

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._pictures = []


def _palette(image: Image.Image, populations: int) -> Image.Image:
    """Choose the colours of a film by its first picture, and those of the agents."""
    width = max(image.width, 64)
    paper = Image.new("RGB", (width, image.height + 24 * populations))
    paper.paste(image)
    for p in range(populations):
        colour = np.array(safe_colour(p), float)
        shades = np.clip(colour * np.linspace(0.6, 1.25, width)[:, None], 0, 255)
        band = np.repeat(shades[None].astype(np.uint8), 24, axis=0)
        paper.paste(Image.fromarray(band), (0, image.height + 24 * p))
    return paper.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT)


class Mp4:
    """A film as an MP4, encoded by ffmpeg as it is drawn."""

    def __init__(self, world: World, ticks: int, path: Path) -> None:
        self._path, self._scale = path, _scale(world, SIDE)
        self._odd = _tiles(world.realms.config) * self._scale % 2
        self._temporary = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
        side = _tiles(world.realms.config) * self._scale - self._odd
        command = [
            check_film(), "-loglevel", "error", "-nostdin", "-y",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{side}x{side}", "-r", f"{RATE:g}",
            "-i", "-", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(self._temporary),
        ]  # fmt: skip
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 – closed by abandon
        self._encoder = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self._said)

    def add(self, world: World, w: int) -> None:
        """Add the realm as it is."""
        image = _drawn(world, w, self._scale)
        assert self._encoder.stdin is not None
        try:
            side = image.width - self._odd  # encoders want even sides
            self._encoder.stdin.write(image.crop((0, 0, side, side)).tobytes())
        except OSError:
            raise self._failed() from None

    def close(self) -> None:
        """Write the file."""
        assert self._encoder.stdin is not None
        try:
            self._encoder.stdin.close()
        except OSError:
            raise self._failed() from None
        if self._encoder.wait():
            raise self._failed()
        with plain_faults("write", self._path):
            os.replace(self._temporary, self._path)

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._encoder.poll() is None:
            self._encoder.kill()
            self._encoder.wait()
        if self._encoder.stdin is not None and not self._encoder.stdin.closed:
            with suppress(OSError):
                self._encoder.stdin.close()
        self._said.close()
        self._temporary.unlink(missing_ok=True)

    def _failed(self) -> ExportError:
        self._encoder.wait()
        self._said.seek(0)
        said = " ".join(self._said.read().decode(errors="replace").split())
        return ExportError(f"ffmpeg cannot write {self._path}: {said[:300] or 'it says nothing'}")
