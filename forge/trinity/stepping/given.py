"""Read the actions that users give: arrays, or a dict by id."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from forge.blade.actions import ActionError, Plain, plain, refusal
from forge.blade.numbers import is_whole
from forge.blade.observation import CHOICES, LATER, Actions, Observation, is_there
from forge.errors import shown
from forge.trinity.trinity import Array

NAMED = 8  # most ids that an error names


def _listed(obs: Observation) -> list[str]:
    """List the choices that an action spells out: without those whose masks have no columns."""
    return [name for name in CHOICES if is_there(name, obs)]


def _has_later(obs: Observation) -> bool:
    """Tell whether agents have one of the choices ``LATER``, by the masks of these."""
    return any(is_there(name, obs) for name in LATER)


def _described(obs: Observation) -> str:
    return ", ".join(name if CHOICES[name].size else f"{name} id" for name in _listed(obs))


class Given(NamedTuple):
    """The actions of one realm."""

    actions: Actions  # as given
    plain: Plain  # in the types of the world
    ignored: int  # number of actions of agents that had just died


def read(given: Any, obs: Observation, died: Array) -> Given:
    """Bring the actions of one realm into the order of its observation.

    Args:
        given: Actions, or a dict {id: (move, style, target id)}, with the further choices
            of the world besides, in the order of ``Actions``.
        obs: the last observation.
        died: int64 (k,), ids of the agents that died in the last tick.

    Raises:
        ActionError: for another type, or actions that do not fit. The numbers in an Actions are
            not yet checked: see ``refuse``.
    """
    if isinstance(given, Actions):
        return Given(given, plain(given, len(obs), _has_later(obs)), 0)
    if isinstance(given, Mapping):
        actions, ignored = _by_id(given, obs, died)
        return Given(actions, plain(actions, len(obs), _has_later(obs)), ignored)
    raise ActionError(
        f"actions are an Actions, or a dict {{id: ({_described(obs)})}}, not {type(given).__name__}"
    )


def refuse(given: Given, obs: Observation) -> None:
    """Refuse numbers that are no action.

    Raises:
        ActionError: names the agent.
    """
    refused = refusal(given.actions, given.plain, obs.offsets.copy())
    if refused is not None:
        n, text = refused
        raise ActionError(f"agent {obs.ent[n].id}: {text}")


def _by_id(given: Mapping[Any, Any], obs: Observation, died: Array) -> tuple[Actions, int]:
    actions, ignored = Actions.stay(len(obs)), 0
    rows = {who: n for n, who in enumerate(obs.ent["id"].tolist())}
    for who, action in given.items():
        if not is_whole(who):
            raise ActionError(f"agent {shown(who)}: an id is a whole number")
        n = rows.get(int(who))
        if n is None:
            if who not in died:
                raise ActionError(f"agent {who}: does not live here; {_living(rows)}")
            ignored += 1
            continue
        try:
            for name, value in _one(action, obs, n).items():
                getattr(actions, name)[n] = value
        except ActionError as error:
            raise ActionError(f"agent {who}: {error}") from None
    return actions, ignored


def _one(action: Any, obs: Observation, n: int) -> dict[str, int]:
    """Read the choices of the agent in row n; a target is given as an id."""
    try:
        given = dict(zip(_listed(obs), action, strict=True))
    except (TypeError, ValueError):
        raise ActionError(
            f"an action is {len(_listed(obs))} numbers ({_described(obs)}), not {shown(action)}"
        ) from None
    for name, value in given.items():
        choice = CHOICES[name]
        if choice.size:
            _check(name, value, choice.least, choice.size - 1)
        else:
            given[name] = _row(name, value, obs, n)
    return given


def _row(name: str, target: Any, obs: Observation, n: int) -> int:
    """Find an agent by its id among the rows of the agent in row n; None and −1: nobody."""
    if target is None:
        return 0
    if not is_whole(target):
        raise ActionError(f"{name} {shown(target)} is not a whole number, an id")
    if target == -1:
        return 0
    low, high = obs.offsets[n], obs.offsets[n + 1]
    rows = np.flatnonzero(obs.who[low:high] == target)
    if len(rows) == 0:
        raise ActionError(f"{name} {target} is not among the {high - low} agents that it sees")
    return int(rows[0])


def _check(name: str, value: Any, low: int, high: int) -> None:
    if not is_whole(value):
        raise ActionError(f"{name} {shown(value)} is not a whole number")
    if not low <= value <= high:
        raise ActionError(f"{name} {value} is not in {str(low).replace('-', '−')} … {high}")


def _living(rows: dict[int, int]) -> str:
    ids = sorted(rows)
    some = ", ".join(map(str, ids[:NAMED])) + (", …" if len(ids) > NAMED else "")
    return f"{len(ids)} do: {some}" if ids else "nobody does"
