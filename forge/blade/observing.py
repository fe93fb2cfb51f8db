"""Observe a state, any state and at any time: a function of it, which changes nothing in it."""

from forge.blade.buffers import Buffers
from forge.blade.jit import unnamed
from forge.blade.observation import Observation
from forge.blade.observe import observe
from forge.blade.state import State, layout
from forge.errors import shown


def observe_into(state: State, buffers: Buffers) -> Observation:
    """Write what the living agents of a state observe. Modifies buffers in place.

    The state is only read, and a tick reads no buffers but those of its own Realms: whoever looks
    on with other buffers, for a viewer or an overlay, changes no run.

    Args:
        state: of as many realms as the buffers are for, and of their config: ``realms.state``, or
            ``State(**snapshot)`` of a checked snapshot.
        buffers: overwritten; ``Buffers(config, num_realms)``.

    Returns:
        The observation: views of the buffers, valid until these are written to again.

    Raises:
        ValueError: for a state of other realms than the buffers are for.
    """
    _check(state, buffers)
    buffers.turn()
    space, out, others = buffers.arrays()
    return hand_out(state, buffers, *observe(unnamed(state), space, buffers.rules, out, others))


def _check(state: State, buffers: Buffers) -> None:
    for name, (shape, dtype) in layout(buffers.config, buffers.num_realms).items():
        array = getattr(state, name, None)
        if getattr(array, "shape", None) != shape or getattr(array, "dtype", None) != dtype:
            raise ValueError(
                f"the buffers are for {buffers.num_realms} realms of their config, in which state."
                f"{name} is {dtype} {shape}: it is {shown(array)}"
            )


def hand_out(state: State, buffers: Buffers, num_agents: int, num_rows: int) -> Observation:
    """View what was just observed; observe again first where rows found no room.

    Args:
        state: what was observed.
        buffers: where.
        num_agents: that were observed.
        num_rows: that they need. Modifies buffers in place if these are too small.
    """
    if num_rows > len(buffers.rows.who):
        buffers.grow(2 * num_rows)
        space, out, others = buffers.arrays()
        observe(unnamed(state), space, buffers.rules, out, others)
    return buffers.observation(num_agents, num_rows)
