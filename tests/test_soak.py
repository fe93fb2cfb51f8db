"""A long run holds no more memory than a short one (off by default: pytest -m slow)."""

import pytest

from forge.args import Args
from forge.blade import Law
from forge.cli.bench.footprint import family, proportional_set_size
from forge.trinity import smith

HORIZON = 250


def sizes_by_tick(ticks: int) -> dict[int, int]:
    """Train with a frozen policy; note the memory of all processes after each epoch [bytes]."""
    config = Law(populations=1, births=8, horizon=HORIZON, learning_rate=0.0, learner="pg")
    sizes = {}
    with smith.Native(config, Args(nRealm=4, epochs=ticks // HORIZON)) as envs:
        for summary in envs:
            size = proportional_set_size(family())
            if size is None:
                pytest.skip("this system does not tell")
            sizes[summary["tick"]] = size
    return sizes


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    sizes = sizes_by_tick(50_000)
    early = max(size for tick, size in sizes.items() if 5_000 < tick <= 25_000)
    late = max(size for tick, size in sizes.items() if tick > 25_000)
    assert len(sizes) == 200
    assert late <= 1.02 * early
