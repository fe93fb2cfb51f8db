"""Which deaths of workers end a run: those that come again, not those that others cause."""

import pytest

from forge.errors import WorkerError
from forge.trinity import deaths
from forge.trinity.deaths import Deaths
from forge.trinity.engines.crew import Beat, WorkerDiedError


class Told:
    """A Headroom that is sure of a lack of memory, or knows nothing."""

    def __init__(self, sure=False):
        self.sure = sure

    def of_death(self, code):
        return ": why", self.sure


def death(code=None, tick=None, hung=False, playing=True):
    made = WorkerDiedError("worker 1 died", code, "its stacks")
    made.hung = hung
    made.beat = None if tick is None else Beat(1, 2, tick, playing)
    return made


def tries(each, sure=False):
    """Count the tries until the run ends, one death each; return the number and the stacks."""
    noted = Deaths(Told(sure))
    for number in range(300):
        try:
            noted.note(each(number))
        except WorkerError as error:
            return number + 1, error.traceback
    return None


CASES = {
    "exit": (lambda n: death(3), False, deaths.MOST_OWN),
    "crash": (lambda n: death(-11), False, deaths.MOST_OWN),
    "memory": (lambda n: death(-9, n), True, deaths.MOST_OWN),
    "hung": (lambda n: death(hung=True), False, deaths.MOST_HUNG),
    "same tick": (lambda n: death(-9, 7), False, deaths.MOST_ALIKE),
    "other ticks": (lambda n: death(-9, n), False, deaths.MOST_TRIES),
    "between ticks": (lambda n: death(-9, 7, playing=False), False, deaths.MOST_TRIES),
    "unknown": (lambda n: death(), False, deaths.MOST_BLIND),
    "same tick now and then": (lambda n: death(-9, 7 * (n % 3 > 0)), False, deaths.MOST_TRIES),
}


@pytest.mark.parametrize("name", CASES)
def test_deaths_that_come_again_end_the_run_and_others_hardly(name):
    each, sure, expected = CASES[name]
    assert tries(each, sure) == (expected, "its stacks")


@pytest.mark.parametrize(
    ("tick", "playing", "memory", "text"),
    [
        (None, True, 0, "worker 1 died: why"),
        (4, True, 0, "at tick 4 of shard 2, worker 1 died: why"),
        (4, False, 3 * 10**8, "after tick 4 of shard 2, holding 300 MB, worker 1 died: why"),
    ],
)
def test_a_death_is_told_with_what_is_known(tick, playing, memory, text):
    died = death(-9, tick, playing=playing)
    died.memory = memory
    assert Deaths(Told()).note(died) == text
