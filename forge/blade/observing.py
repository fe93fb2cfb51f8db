"""Observe any state at any time, without changing it."""

from forge.blade.buffers import Buffers
from forge.blade.observation import Observation
from forge.blade.observe import observe
from forge.blade.packing import packed_to_read
from forge.blade.state import State
from forge.errors import shown


def observe_into(state: State, buffers: Buffers) -> Observation:
    """Write the observations of a state's living agents. Modifies buffers in place.

    The state is only read, and a tick reads only the buffers of its own Realms. So observing into
    other buffers, for a viewer or an overlay, does not change a run.

    Args:
        state: must have the buffers' config and number of realms: ``realms.state``, or
            ``State(**snapshot)`` of a checked snapshot.
        buffers: overwritten; ``Buffers(config, num_realms)``.

    Returns:
        The observation: views of the buffers, valid until these are written to again.

    Raises:
        ValueError: if the state does not fit the buffers.
    """
    _check(state, buffers)
    buffers.turn()
    space, out, others = buffers.arrays()
    return finish(
        state, buffers, *observe(packed_to_read(state), space, buffers.rules, out, others)
    )


def _check(state: State, buffers: Buffers) -> None:
    for name, (shape, dtype) in buffers.layout.items():
        array = getattr(state, name, None)
        if getattr(array, "shape", None) != shape or getattr(array, "dtype", None) != dtype:
            raise ValueError(
                f"the buffers are for {buffers.num_realms} realms of their config, in which state."
                f"{name} is {dtype} {shape}: it is {shown(array)}"
            )


def finish(state: State, buffers: Buffers, num_agents: int, num_rows: int) -> Observation:
    """View the last observation; if its rows found no room, enlarge the buffers and observe again.

    Args:
        state: the state observed.
        buffers: the buffers written to; modified in place if they are too small.
        num_agents: number of agents observed.
        num_rows: number of rows needed.
    """
    if num_rows > len(buffers.rows.who):
        buffers.grow(2 * num_rows)
        space, out, others = buffers.arrays()
        observe(packed_to_read(state), space, buffers.rules, out, others)
    return buffers.observation(num_agents, num_rows)
