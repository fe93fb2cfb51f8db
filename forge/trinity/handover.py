"""Hand the last commit of a run to another process that plays on from it, such as a viewer.

Example:
    handed = envs.hand_over(realm=3)  # between two epochs; a run pays nothing before
    for shard in play_from(handed):  # elsewhere, pickled or in memory
        draw(shard.realms.state)
"""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import cloudpickle

from forge.args import Args
from forge.config import Config
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.shard import Shard
from forge.trinity.trinity import Array, Trinity


@dataclass(frozen=True)
class Handover:
    """One committed shard, with everything needed to go on from there.

    A Handover can be pickled: the user's classes travel with it, by value.

    Attributes:
        config: settings of the world and its learner.
        args: how the run is carried out.
        trinity: the classes.
        epoch: number of epochs played.
        model: float32 (P, n), the weights, to be read only.
        shard: number of the shard.
        state: state of the shard, see Shard.commit; None: before the first epoch.
    """

    config: Config
    args: Args
    trinity: Trinity
    epoch: int
    model: Array
    shard: int
    state: bytes | None

    def __reduce__(self) -> Any:
        values = tuple(getattr(self, each.name) for each in fields(self))
        return _received, (cloudpickle.dumps(values),)


def _received(data: bytes) -> Handover:
    return Handover(*pickle.loads(data))


def begin(handed: Handover) -> Shard:
    """Build the shard as it was committed, with the weights of the commit."""
    surroundings, model = Surroundings(), handed.model.view()
    model.flags.writeable = False
    args = replace(handed.args, record=None, events=None)  # those are of the run itself
    with surroundings:
        shard = Shard(handed.config, args, handed.trinity, handed.shard, handed.state)
    with surroundings:  # entered anew, as the shard may just have imported torch
        shard.receive(model)
    return shard


def play_from(handed: Handover) -> Iterator[Shard]:
    """Play on from a commit, for ever, tick by tick.

    The first ``config.horizon`` ticks are the same as in the run's next epoch, to the bit. After
    that the two worlds differ, as nothing is learned here; ``shard.receive`` takes newer weights.
    Realms that move in the run move here too (``map_epochs``).

    Yields:
        The shard after each tick: its ``realms`` and ``sword`` are to be read only.
    """
    shard, surroundings = begin(handed), Surroundings()
    while True:
        with surroundings:
            shard.tick()
            if shard.now % handed.config.horizon == 0:
                shard.move()
        shard.take_lives()  # nobody counts them
        yield shard
