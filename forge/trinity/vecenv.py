"""VecEnv: step all realms of a run from a loop of your own, the Gym way.

VecEnv exists for compatibility. Every step moves all observations from the workers to the loop,
while Native moves weights and gradients once or a few times an epoch. ``bytes_exchanged`` counts
the bytes, and ``Forge.py bench`` prints both side by side.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from forge.args import Args, given
from forge.blade import tick
from forge.blade.actions import ActionError, Plain, apart
from forge.blade.observation import Actions, Observation
from forge.config import Config, ConfigError
from forge.errors import RunError, shown
from forge.trinity import casting
from forge.trinity.guard import Guard, Holder
from forge.trinity.interrupt import Interrupt
from forge.trinity.stepping.given import Given, read, refuse
from forge.trinity.stepping.stage import Report, Stage
from forge.trinity.stepping.stepper import Stepper
from forge.trinity.stepping.views import ended, gains, observations, row_bytes, size
from forge.trinity.trinity import Array

REWARDS = ("alive", "death")

Info = dict[str, Any]
RealmActions = Actions | Mapping[int, tuple[int | None, ...]]  # one number for each choice


class VecEnv(Holder):
    """All realms of a run, stepped together: ``reset`` once, then ``step`` for ever.

    The environment is persistent: agents are born and die in it, but it never ends. It has no
    commits: if a worker dies, or a step is broken off (by Ctrl-C, for example), the environment
    has ended. It has no weights and writes no files; your loop may read ``args.load`` and
    ``args.epochs``. A VecEnv is a context manager that ends its workers on exit. It belongs to the
    process that made it, and one thread at a time uses it; any thread may close it.

    Attributes:
        config: settings of the world.
        args: how the world is carried out: ``nRealm``, ``seed``, ``engine``, ``nWorker``.
        loop: the argument ``step``.
    """

    def __init__(
        self,
        config: Config | str,
        args: Args,
        step: Callable[[], Any] | None = None,
        *,
        reward: str = "alive",
    ) -> None:
        """Start the workers.

        Args:
            config: settings of the world, or the name of a preset.
            args: how the world is carried out. With ``engine="serial"`` this process computes
                everything, else ``nWorker`` processes do, by default one per core, at most one
                per realm; the results are the same.
            step: a function without arguments that a viewer calls to advance your loop by a tick.
                Kept in ``loop``; nothing calls it without a viewer.
            reward: "alive": +1 for every agent in an observation, the newborn included, and 0 at
                death, as in v1.0: so the rewards of a life add up to its lifetime (to one less if
                it began with ``reset``, which gives none). "death": 0 while it lives, −1 at death.
                In worlds with quests both come with ``config.quest_weight`` × by how much its quest
                came closer to its end in the tick.

        Raises:
            ConfigError: for arguments that make no sense here.
        """
        config, args = given(config, args)
        casting.refuse(config, "the caller of a VecEnv")
        if step is not None and not callable(step):
            raise ConfigError(f"step is a function that advances your loop, not {shown(step)}")
        if reward not in REWARDS:
            raise ConfigError(f"reward is one of {', '.join(REWARDS)}; not {shown(reward)}")
        for name in ("run", "resume", "record", "events"):
            if getattr(args, name) is not None:
                raise ConfigError(f"VecEnv writes, resumes and records no runs: leave {name} out")
        self.config, self.args, self.loop = config, args, step
        self._living, self._last = (1.0, 0.0) if reward == "alive" else (0.0, -1.0)
        self._obs: list[Observation] = []
        self._lives: list[Array] = []
        self._gains: list[Array] = []  # of each realm; without quests there are none
        self._reports: list[Report] = []
        self._shared = 0  # bytes through shared memory
        self._closed = ""  # why the environment is closed; "": it is open
        self._guard = Guard("environment")
        self._stepper = Stepper(config, args)

    # -- Stepping ---------------------------------------------------------------------------

    def reset(self) -> list[Observation]:
        """Begin: called once, before the first step.

        Returns:
            One Observation per realm, as of ``step``.

        Raises:
            WorkerError: for an error in a worker, with its traceback.
        """
        with self._guard:
            self._check_open()
            if self._reports:
                raise RunError("the environment is persistent: reset is called once, then step")
            with self._whole():
                self._play("reset")
                self._load_kernel()
                return list(self._obs)

    def step(
        self, actions: Sequence[RealmActions]
    ) -> tuple[list[Observation], list[Array], None, list[Info]]:
        """Play one tick in all realms.

        Args:
            actions: for each realm an Actions, whose rows match the realm's last observation, or
                a dict {id: one number for each choice of this world, in the order of Actions}:
                {id: (move, style, target id)} in Law and Chaos, with or without combat; the error
                about another number of them lists those of any world. Target and receiver are ids;
                None or −1: nobody. An agent that is left out of a dict does nothing. The action of
                an agent that died in the last tick is ignored, and counted.

        Returns:
            * One Observation per realm. Its arrays are views of memory that the step after the
              next one overwrites. So you can act, and then store the observation you acted on.
              Each is an observation of one realm: ``realm`` is 0 everywhere, ``num_realms`` 1. An
              agent that is missing has died. Only the masks (``can_move`` …) can be written: narrow
              them in place as you like.
            * For each realm float32 (N,), the rewards of the agents of the new observation.
            * None, always: the environment is never done.
            * For each realm a dict. ``lives``: record array (k,), a copy, one row per life that
              ended in this tick, with ``id``, ``last_reward``, ``cause``, ``lifetime`` and all
              other columns of LIFE. ``ignored``: number of actions of agents that had just died.

        Raises:
            ActionError: for an impossible action; names realm and agent. The worlds are then
                unchanged.
            RunError: before ``reset``, if the environment is closed, or if another thread is in a
                step.
            WorkerError: for an error in a worker, with its traceback, or if a worker has died.
                The environment is then closed.
        """
        with self._guard:
            self._check_begun()
            given = self._read(actions)
            with self._whole():
                self._play("step")
                infos = [
                    {"lives": lives, "ignored": each.ignored}
                    for lives, each in zip(self._lives, given, strict=True)
                ]
                rewards = [np.full(len(obs), self._living, np.float32) for obs in self._obs]
                if self.config.quests:
                    for reward, gained in zip(rewards, self._gains, strict=True):
                        reward += self.config.quest_weight * gained
                return list(self._obs), rewards, None, infos

    def _read(self, actions: Any) -> list[Given]:
        """Check all actions and write them on the stages, before any worker steps."""
        realms = self.args.nRealm
        if not isinstance(actions, (list, tuple)) or len(actions) != realms:
            size = f" of {len(actions)}" if isinstance(actions, (list, tuple)) else ""
            raise ActionError(
                f"actions must be a list with one entry per realm, {realms} in all, "
                f"not a {type(actions).__name__}{size}"
            )
        given = []
        for realm, (entry, obs, lives) in enumerate(
            zip(actions, self._obs, self._lives, strict=True)
        ):
            try:
                given.append(read(entry, obs, lives["id"]))
            except ActionError as error:
                raise ActionError(f"realm {realm}, {error}") from None
        for numbers, stage, report in zip(
            self._stepper.groups, self._stepper.stages, self._reports, strict=True
        ):
            self._write(given[numbers[0] : numbers[-1] + 1], numbers, stage, report)
        return given

    def _write(
        self, given: list[Given], numbers: tuple[int, ...], stage: Stage, report: Report
    ) -> None:
        """Write a group's actions on its stage and check their numbers. Modifies stage in place."""
        agents = report.num_agents
        staged = Plain(*(array[:agents] for array in stage.actions))
        for k, array in enumerate(staged):
            np.concatenate([each.plain[k] for each in given], out=array)
        offsets = stage.sights[report.half].offsets[: agents + 1]
        if tick.check_actions(*apart(staged), offsets)[0] < 0:
            return
        for each, realm in zip(given, numbers, strict=True):
            try:
                refuse(each, self._obs[realm])
            except ActionError as error:
                raise ActionError(f"realm {realm}, {error}") from None

    def _play(self, request: str) -> None:
        """Send a request to all groups and take in their reports. Modifies self in place."""
        reports: list[Report] = self._stepper.ask(request)
        before, self._reports = self._reports, reports
        self._obs, self._lives, self._gains = [], [], []
        for numbers, stage, report in zip(
            self._stepper.groups, self._stepper.stages, reports, strict=True
        ):
            stage.follow(report.half, report.capacity)
            self._obs += observations(stage, report, len(numbers))
            self._lives += ended(stage, report, numbers, self._last)
            self._gains += gains(stage, report, len(numbers))
        if self._stepper.pids:
            self._shared += self._exchanged(before)

    def _load_kernel(self) -> None:
        """Load the kernel that checks actions; put off Ctrl-C, which the loader would swallow."""
        stage = self._stepper.stages[0]
        nobody = Plain(*(array[:0] for array in stage.actions))
        with Interrupt() as interrupt:
            tick.check_actions(*apart(nobody), stage.sights[0].offsets[:1])
        if interrupt.requested:
            raise KeyboardInterrupt

    def _exchanged(self, before: list[Report]) -> int:
        """Count the bytes that went through shared memory for one tick.

        Args:
            before: reports of the observations that were acted on; empty at the start.
        """
        stages = self._stepper.stages
        actions = sum(report.num_agents for report in before) * row_bytes(stages[0].actions)
        return actions + sum(map(size, stages, self._reports))

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Close the environment if the block is broken off: the worlds' states are then unknown."""
        try:
            yield
        except BaseException as error:
            if self._closed and isinstance(error, Exception):  # another thread has closed it
                raise RunError(f"this environment is closed: {self._closed}") from error
            self._close(f"{type(error).__name__} broke off what it did")
            raise

    def _check_open(self) -> None:
        if self._closed:
            raise RunError(f"this environment is closed: {self._closed}")

    def _check_begun(self) -> None:
        self._check_open()
        if not self._reports:
            raise RunError("call reset first")

    # -- About it ---------------------------------------------------------------------------

    @property
    def bytes_exchanged(self) -> int:
        """Bytes that workers have read and written so far.

        Counted are actions, observations and lives in the used part of shared memory, and messages,
        both ways. 0 with ``engine="serial"``.
        """
        return self._shared + self._stepper.message_bytes

    @property
    def memory_bytes(self) -> int:
        """Size of the memory for actions and observations [bytes].

        The table of others doubles when it is full and never shrinks. At its largest, all agents
        of every realm can see each other.
        """
        return sum(stage.size for stage in self._stepper.stages)

    @property
    def pids(self) -> list[int]:
        """Ids of the worker processes."""
        return list(self._stepper.pids)

    def digests(self) -> list[str]:
        """Hash each realm's world, as ``Realm.digest`` does.

        Raises:
            RunError: before ``reset``, or if the environment is closed.
        """
        with self._guard:
            self._check_begun()
            with self._whole():
                return [digest for group in self._stepper.ask("digests") for digest in group]

    def close(self) -> None:
        """End the workers. Observations stay readable. Calling it again does nothing.

        In a process forked from this one it does nothing either: the workers go on.
        """
        self._close("close was called")

    def _close(self, why: str) -> None:
        if not self._closed and not self._guard.is_elsewhere:
            self._closed = why
            self._stepper.close()
