"""The record of rules that kernels read: every field has a value, from the settings or computed."""

import numpy as np
import pytest

from forge.blade import preset, rules


def test_every_rule_is_a_setting_or_computed() -> None:
    config = preset("saga16").replace(regrowth=0.5, npcs=3)
    row, names = rules.rules(config)[0], rules.RULES.names or ()
    settings = set(names) - rules._DERIVED
    assert set(names) > rules._DERIVED
    assert {name: row[name] for name in settings} == {
        name: getattr(config, name) for name in settings
    }


def test_a_rule_that_no_setting_has_is_not_off_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mistyped = np.dtype([("regrowht", np.float64)])
    monkeypatch.setattr(rules, "RULES", mistyped)
    with pytest.raises(AttributeError, match="regrowht"):
        rules.rules(preset("law16"))
