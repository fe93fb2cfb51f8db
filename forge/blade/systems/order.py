"""The serving order: once round all slots, up or down, from a slot that is drawn each tick."""

from forge.blade.jit import inlined


@inlined
def following(e: int, step: int, num_slots: int) -> int:
    """Step to the next slot in the serving order.

    Args:
        e: 0 … num_slots − 1.
        step: 1 (upwards) or −1 (downwards).
        num_slots: E.
    """
    e += step
    if e == num_slots:
        return 0
    if e < 0:
        return num_slots - 1
    return e


@inlined
def first_of(start: int, step: int, num_agents: int) -> int:
    """Find the agents' slot that is served first, where NPCs are left out of the serving order.

    Args:
        start: 0 … E − 1, the slot served first of all.
        step: 1 (upwards) or −1 (downwards).
        num_agents: slots of agents, which come first.
    """
    if start < num_agents:
        return start
    return 0 if step > 0 else num_agents - 1
