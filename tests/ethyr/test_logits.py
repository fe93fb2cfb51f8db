"""The logits of choices, cut out of the heads by name."""

import numpy as np
import pytest

from forge.blade.observation import CHOICES
from forge.config import Config, preset
from forge.ethyr.distribution import MOVE, STYLE, late_parts, logits_of, num_heads


@pytest.mark.parametrize(
    ("config", "names"),
    [(preset("law16"), {"move"}),
     (preset("chaos16"), {"move", "style"}),
     (preset("saga16"), {"move", "style", "deal", "word"})],
)  # fmt: skip
def test_choices_that_depend_on_no_other_are_cut_out_by_name(
    config: Config, names: set[str]
) -> None:
    heads = np.arange(2 * num_heads(config), dtype=np.float32).reshape(2, -1)
    found = logits_of(heads, config)
    assert set(found) == names
    for name, logits in found.items():
        assert logits.shape == (2, CHOICES[name].options)
    assert (found["move"] == heads[:, MOVE : MOVE + 5]).all()
    if "style" in found:
        assert (found["style"] == heads[:, STYLE : STYLE + 4]).all()
    for name in names & {"deal", "word"}:
        assert (found[name][1] == late_parts(heads[1], config)[name]).all()
