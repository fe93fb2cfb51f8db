"""Step a group of realms in a crew's worker: in another process, or in this one."""

from collections.abc import Callable
from typing import Any

from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.state import digest, one_realm
from forge.config import Config
from forge.errors import WorkerError
from forge.trinity.engines.crew import Answer
from forge.trinity.engines.sharing import SharedBytes
from forge.trinity.stepping import gains
from forge.trinity.stepping.stage import Report, Stage, Turns


def begin(
    setup: tuple[Config, int], numbers: tuple[int, ...], memory: tuple[SharedBytes, ...]
) -> Answer:
    """Become a worker, which answers requests that name a method of Group.

    Args:
        setup: config and seed.
        numbers: numbers of the group's realms in the environment.
        memory: memory of the group's stage.
    """
    config, seed = setup
    return Group(config, seed, numbers, Stage(config, len(numbers), memory)).answer


class Group:
    """Some realms of an environment, which are stepped together."""

    def __init__(self, config: Config, seed: int, numbers: tuple[int, ...], stage: Stage) -> None:
        """Remember the setup; ``reset`` builds the realms.

        Args:
            config: settings of the world.
            seed: master seed.
            numbers: numbers of the group's realms in the environment.
            stage: memory for actions and observations.
        """
        self._setup = config, seed, numbers
        self._numbers, self._stage = numbers, stage
        self._turns = Turns(stage)
        self._realms: Realms | None = None

    def answer(self, request: str) -> Any:
        """Answer a request: "reset", "step" or "digests".

        Raises:
            WorkerError: for any error, with the traceback's text.
        """
        job: Callable[[], Any] = getattr(self, request)
        try:
            return job()
        except Exception as error:
            raise WorkerError.of(error, f"in {names(self._numbers)}, {self._when()}") from error

    def _when(self) -> str:
        return (
            "at the start" if self._realms is None else f"tick {self._realms.state.clock[0].tick}"
        )

    def reset(self) -> Report:
        """Start the realms from the beginning, and observe."""
        config, seed, numbers = self._setup
        self._realms = Realms(config, seed, numbers, buffers=self._turns)
        return self._report(0)

    def step(self) -> Report:
        """Play one tick with the actions on the stage."""
        realms, stage, before = self._started(), self._stage, self._started().observation
        events = realms.step(Actions(*(array[: len(before)] for array in stage.actions)))
        lives, half = realms.take_lives(), self._turns.half
        stage.lives[half][: len(lives)] = lives
        if stage.config.quests:
            obs = realms.observation
            stage.gains[half][: len(obs)] = gains.of_living(events, obs)
            stage.last_gains[half][: len(lives)] = gains.of_dead(events, before, lives)
        return self._report(len(lives))

    def _report(self, num_lives: int) -> Report:
        obs, half = self._started().observation, self._turns.half
        capacity = len(self._stage.rows[half].who)
        return Report(half, len(obs), len(obs.who), capacity, num_lives)

    def digests(self) -> list[str]:
        """Hash each realm separately."""
        state = self._started().state
        return [digest(one_realm(state, w)) for w in range(len(self._numbers))]

    def _started(self) -> Realms:
        assert self._realms is not None
        return self._realms


def names(numbers: tuple[int, ...]) -> str:
    """Write the numbers of a group's realms, which are consecutive."""
    if len(numbers) == 1:
        return f"realm {numbers[0]}"
    return f"realms {numbers[0]} … {numbers[-1]}"
