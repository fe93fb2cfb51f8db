"""Define what a shard hands up to the Pantheon in an exchange.

Shape letters: P populations, n parameters of one population.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.records import HAPPENED, LIFE

Array = NDArray[Any]


@dataclass(slots=True)
class Update:
    """The data that one shard hands up in one exchange.

    Attributes:
        gradients: float32 (P, n), *sums* over samples of the loss's gradient; None: no gradients.
            The next exchange overwrites their memory: copy them to keep them.
        samples: int64 (P,), how many samples of each population the gradients are sums over.
        metrics: numbers to be reported; each is summed over shards and exchanges and divided by
            the samples of the updates that have it, so hand up sums over these samples.
        extra: anything from the Sword for the Pantheon. It is copied by pickling, whatever the
            engine, so keep it small.
        lives: LIFE (k,), lives that ended in this epoch (filled in by the shard; in the first
            exchange of an epoch only).
        messages: the message of each God of the shard (filled in by the shard; in the first
            exchange of an epoch only).
        recorded: chunks of the recording of one of its realms, as (kind, bytes) (filled in by the
            shard; in the first exchange of an epoch only).
        happened: HAPPENED (k,), what happened in this epoch, if ``args.events`` asks for it (filled
            in by the shard; in the first exchange of an epoch only).
    """

    gradients: Array | None
    samples: Array
    metrics: dict[str, float] = field(default_factory=dict)
    extra: Any = None
    lives: Array = field(default_factory=lambda: np.zeros(0, LIFE))
    messages: list[Any] = field(default_factory=list)
    recorded: list[tuple[int, bytes]] = field(default_factory=list)
    happened: Array = field(default_factory=lambda: np.zeros(0, HAPPENED))
