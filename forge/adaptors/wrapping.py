"""Provide the pictures and the random generator that wrappers of PettingZoo environments need.

Wrappers record videos from the pictures, and draw the number of frames to skip from the generator.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing
from forge.adaptors.arguments import drawing
from forge.errors import shown

try:
    from gymnasium import logger
    from gymnasium.error import ResetNeeded
except ImportError as error:
    raise missing("gymnasium", "gymnasium") from error

Array = NDArray[Any]

FRAMES_PER_SECOND = 8  # of videos
# Metadata of environments that can draw.
DRAWN: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": FRAMES_PER_SECOND}


def pixels(image: Any) -> Array:
    """Copy a picture to an array that can be written to: uint8 (height, width, 3)."""
    return np.array(image, np.uint8)


def can_draw(render_mode: str | None, begun: bool) -> bool:
    """Say whether ``render`` draws; warn if it does not because no mode was given.

    Args:
        render_mode: mode of the environment.
        begun: whether there was a reset.

    Raises:
        ValueError: in the mode "human": there is no window.
        ResetNeeded: before the first reset.
    """
    if render_mode is None:
        logger.warn('nothing is drawn without render_mode="rgb_array" when it is made')
        return False
    if render_mode != "rgb_array":
        raise ValueError(f'there is no window for {shown(render_mode)}: use "rgb_array"')
    if not begun:
        raise ResetNeeded("there is nothing to draw yet: call reset() first")
    return True


class Wrappable:
    """The part of both PettingZoo environments that wrappers use; each defines what to draw.

    Attributes:
        render_mode: "rgb_array", or None: nothing is drawn.
    """

    def __init__(self, render_mode: str | None, seed: int | None) -> None:
        """Remember the render mode and the first seed.

        Raises:
            ValueError: for an unknown mode.
        """
        self.render_mode = drawing(render_mode)
        self._generator: np.random.Generator | None = None
        self._sow(seed)

    @property
    def np_random(self) -> np.random.Generator:
        """Generator for wrappers, begun anew with each seed; the world never draws from it."""
        if self._generator is None:
            self._generator = np.random.default_rng()
        return self._generator

    def _sow(self, seed: int | None) -> None:
        """Begin the wrappers' generator anew; None: it goes on."""
        if seed is not None:
            self._generator = np.random.default_rng(seed)

    def _begun(self) -> bool:
        """Say whether there was a reset."""
        raise NotImplementedError

    def _draw(self) -> Any:
        """Draw the world."""
        raise NotImplementedError

    def render(self) -> Array | None:
        """Draw the world from above, in the mode "rgb_array".

        Returns:
            uint8 (height, width, 3).

        Raises:
            ValueError: in the mode "human": there is no window.
            ResetNeeded: before the first reset.
        """
        return pixels(self._draw()) if can_draw(self.render_mode, self._begun()) else None
