"""Describe the parts of actions and observations, as all adaptors lay them out.

The lists are made from those of forge.blade.observation when this module is imported:
``help("forge.adaptors.parts")`` shows them.

An action is a whole number for each choice that agents have in the world, in the order of the list.
If they have one alone, as in plain Law, it is that number (``Discrete``), else an array of them
(``MultiDiscrete``). 0 everywhere does nothing. A number that a choice does not have is an error;
one that the mask forbids does nothing. With ``auto_target`` the target is ignored.

An observation is a dict of arrays (PettingZoo, Gymnasium), or one flat row of their numbers, block
after block in the order of the list (all others). The masks are explained in forge.adaptors.masks,
the numbers of a flat row in forge.adaptors.columns. What a world lacks is left out.

Shape letters: K others kept, w side of the window, c side of the crop in a flat row, P populations.
There are 6 ``kinds`` of tiles, and 16 with professions.
"""

from enum import IntEnum
from textwrap import fill

from forge.adaptors.columns import width_of
from forge.blade.declared import OF_TILES
from forge.blade.features import NUM_FEATURES
from forge.blade.observation import CHOICES, PLANES, SEEN, Choice, Seen
from forge.blade.slots import BY_OTHER, BY_SLOT, MASKS_BY_AGENT, MASKS_BY_OTHER, MOST_CROWD
from forge.blade.tiles import Move, Style

NAMES: dict[str, type[IntEnum]] = {"move": Move, "style": Style}  # choices of a member
LINE = 100  # characters of a line


def of_actions() -> dict[str, str]:
    """Describe each choice: its numbers; what they mean."""
    return {name: _of_choice(name, it) for name, it in CHOICES.items()}


def of_observations() -> dict[str, str]:
    """Describe each array: dtype and shape; columns of a flat row, if it has any; meaning."""
    arrays = {
        "alive": "int8 () by slot; 1 column; 1 if an agent lives in the slot, else all is 0",
        "own": f"float32 ({NUM_FEATURES},); {NUM_FEATURES} columns; {SEEN['own'].doc}",
    }
    arrays |= {name: _of_mask(SEEN[name]) for name in MASKS_BY_AGENT}
    arrays |= {name: _of_plane(plane) for name, plane in PLANES.items()}
    arrays["others_mask"] = "int8 (K,); K columns; 1 for each row of ``others`` in use"
    arrays["others"] = (
        f"float32 (K, {NUM_FEATURES}); K × {NUM_FEATURES} columns; a row like ``own`` for each of "
        "the nearest others, nearest first; else 0"
    )
    arrays |= {name: _of_pairs(name, SEEN[name]) for name in MASKS_BY_OTHER}
    arrays |= {
        name: _of_system(seen)
        for name, seen in SEEN.items()
        if name in (*BY_SLOT, *BY_OTHER) and name not in arrays
    }
    arrays["population"] = "int64 () by agent; its population, 0 … P − 1"
    arrays["action_mask"] = (
        "int8 (numbers,); 1 for each possible number of a choice; for several choices one mask "
        "after the other by slot, a tuple of masks by agent"
    )
    return arrays


def _of_choice(name: str, it: Choice) -> str:
    most = str(it.options - 1) if it.size else "K"
    if name in NAMES:
        about = ", ".join(f"{one.value - it.least} {one.name.lower()}" for one in NAMES[name])
    elif not it.size:
        about = "0: nobody; k: row k − 1 of ``others``; an unused row: nobody"
    else:
        about = f"{-it.least} more than in Actions, {it.doc}" if it.least else it.doc
    given = f"; counts only with some of ``{it.given}``" if it.given else ""
    return f"0 … {most}; {about}{given}" + (f"; only with {it.system}" if it.system else "")


def _of_mask(seen: Seen) -> str:
    return f"in ``action_mask``; {seen.shape[0]} columns; {seen.doc}"


def _of_plane(plane: Seen) -> str:
    if not plane.kinds:
        return f"uint8 (w, w); c × c columns; {plane.doc}, at most {MOST_CROWD}"
    kinds = "kinds" if plane.kinds == OF_TILES else plane.kinds
    return f"uint8 (w, w); c × c × {kinds} columns; {plane.doc}"


def _of_pairs(name: str, seen: Seen) -> str:
    """Describe a mask with a row for each of ``others``."""
    systems = {it.system for it in CHOICES.values() if it.mask == name} - {"", seen.system}
    only = "".join(f"; only with {system}" for system in sorted(systems))
    return f"int8 (K, {seen.shape[0]}); K × {seen.shape[0]} columns; {seen.doc}{only}"


def _of_system(seen: Seen) -> str:
    dtype, sides = seen.dtype.__name__, ", ".join(map(str, seen.shape))
    shape = f"(K, {sides})" if seen.by_row else f"({sides}{',' * (len(seen.shape) == 1)})"
    each = width_of(seen, 1)
    columns = f"K × {each}" if seen.by_row else str(each)
    return f"{dtype} {shape}; {columns} column{'s' * (columns != '1')}; {seen.doc}"


def _listed(title: str, parts: dict[str, str]) -> str:
    """Write a section of a docstring."""
    about = (f"{name}: {text}." for name, text in parts.items())
    indented = (
        fill(text, LINE, initial_indent=4 * " ", subsequent_indent=8 * " ") for text in about
    )
    return "\n".join((f"\n{title}:", *indented, ""))


__doc__ = f"{__doc__}{_listed('Actions', of_actions())}{_listed('Observations', of_observations())}"
