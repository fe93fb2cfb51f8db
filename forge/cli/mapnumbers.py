"""Read which maps are meant on the command line."""

import re
from typing import Any

import click

_STRETCH = re.compile(r"([0-9]{1,20})(?:\s*-\s*([0-9]{1,20}))?")


class MapNumbers(click.ParamType):  # type: ignore[type-arg]
    """How many held-out maps, or which maps: ``8``, ``10008-10015``, ``10000,10005,10020-10022``.

    One number alone says how many; one map alone is ``10008-10008``.
    """

    name = "MAPS"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | tuple[int, ...]:
        """Return how many maps there are, or their numbers in the order given."""
        from forge.trinity.evaluation.plan import MOST_MAPS

        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # the default, or converted already
        if re.fullmatch(r"[0-9]{1,20}", value.strip()):
            return int(value)
        stretches = [self._stretch(text.strip(), param, ctx) for text in value.split(",")]
        if sum(map(len, stretches)) > MOST_MAPS:
            self.fail(f"{value} are more than {MOST_MAPS} maps", param, ctx)
        return tuple(number for stretch in stretches for number in stretch)

    def _stretch(
        self, text: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """Read ``A`` or ``A-B``."""
        from forge.blade.numbers import LARGEST_INDEX

        found = _STRETCH.fullmatch(text)
        if found is None:
            self.fail(
                f"{text!r} is neither a number nor a stretch: write how many maps, as 8, or "
                "which, as 10008-10015 or 10000,10005,10020-10022", param, ctx,
            )  # fmt: skip
        first, last = int(found[1]), int(found[2] or found[1])
        if max(first, last) > LARGEST_INDEX:
            self.fail(f"{text}: the number of a map is 0 … {LARGEST_INDEX}", param, ctx)
        if last < first:
            self.fail(f"{text} counts down: write {last}-{first}", param, ctx)
        return range(first, last + 1)
