"""A stand-in for moviepy, which wrappers write videos with."""

import sys
import types
from typing import Any

import pytest


@pytest.fixture
def films(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Collect the numbers of frames, and of frames per second, of the videos that are written."""
    found: list[tuple[int, int]] = []

    class Clip:
        def __init__(self, frames: list[Any], fps: int) -> None:
            found.append((len(frames), fps))

        def write_videofile(self, *_: Any, **__: Any) -> None:
            pass

    last = "moviepy.video.io.ImageSequenceClip"
    for name in ("moviepy", "moviepy.video", "moviepy.video.io", last):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setattr(sys.modules[last], "ImageSequenceClip", Clip, raising=False)
    return found
