"""Why weights do not fit: what is said when a network lacks an array that others have."""

import pytest

from forge.ethyr.misfit import of_world


@pytest.mark.parametrize(("ours", "found"), [((225, 6, 32), None), (None, (225, 6, 32))])
def test_a_network_without_tiles_is_of_no_other_world(
    ours: tuple[int, ...] | None, found: tuple[int, ...] | None
) -> None:
    assert of_world("tile", ours, found) == ""


def test_kinds_of_tiles_tell_professions() -> None:
    assert "without professions" in of_world("tile", (225, 16, 32), (225, 6, 32))
    assert "with professions" in of_world("tile", (225, 6, 32), (225, 16, 32))


def test_a_market_is_told_by_an_array_that_one_of_them_lacks() -> None:
    assert "without a market" in of_world("market", (160, 32), None)
    assert of_world("hidden", (1, 2), None) == ""
