"""See a realm as viewers do: what stays, as a Setting, and what each tick brings, as a Frame.

Frames are made from the world's own arrays, so they hold whatever columns it has.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.state import padding
from forge.blade.targets import weakest
from forge.blade.tiles import CAUSES, Style, Tile
from forge.config import Config
from forge.embyr.palette import safe_colour

Array = NDArray[Any]

# Made by one tick; several frames can be added up.
CHANGE = np.dtype([("index", np.int32), ("kind", np.uint8)])  # of a tile: row × side + column
ATTACK = np.dtype([("from", np.int64), ("to", np.int64), ("style", np.int8), ("damage", np.int32)])
DEATH = np.dtype([("id", np.int64), ("cause", np.int8), ("killer", np.int64)])  # killer −1: nobody


class Frame(NamedTuple):
    """One realm after a tick, and what happened in it."""

    tick: int
    agents: Array  # AGENT (n,), the living, by slot
    changes: Array  # CHANGE: what became of tiles
    attacks: Array  # ATTACK: those that landed
    births: Array  # int64: ids
    deaths: Array  # DEATH


def setting(config: Config, realm: int, number: int, source: str) -> dict[str, Any]:
    """Say what of a realm stays as it is while it is watched, as JSON values.

    Args:
        config: settings of the world.
        realm: its number in its run.
        number: of its map.
        source: where this world comes from, one sentence.
    """
    styles = [style.name.lower() for style in Style if style != Style.NONE]
    return {
        "side": config.map_size,
        "border": config.border,
        "tileNames": [kind.name.lower() for kind in Tile],
        "populations": [
            {"name": f"Population {p}", "color": f"#{bytes(safe_colour(p)).hex()}"}
            for p in range(config.populations)
        ],
        "maxHealth": config.health,
        "maxFood": config.food,
        "maxWater": config.water,
        "maxAgents": config.max_agents,
        "immunity": config.immunity,
        "realm": realm,
        "map": number,
        "combat": config.combat,
        "radius": config.radius,
        "reach": [getattr(config, f"{style}_reach") for style in styles],
        "styleNames": styles,
        "damage": [getattr(config, f"{style}_damage") for style in styles],
        "causeNames": ["alive", *CAUSES],
        "source": source,
    }


def land(realms: Realms, w: int) -> Array:
    """Copy the map of a realm as it is: uint8 (map_size, map_size)."""
    pad, size = padding(realms.config), realms.config.map_size
    tiles: Array = realms.state.tiles[w, pad : pad + size, pad : pad + size].copy()
    return tiles


class Witness:
    """Watch one realm of a batch: tell what has changed since the last frame.

    Several ticks may pass between two frames: births, deaths and changes of tiles add up, attacks
    are those of the last tick.
    """

    def __init__(self, realms: Realms, w: int) -> None:
        self._realms, self._w = realms, w
        self._land = land(realms, w)
        self._next_id = int(realms.state.clock[w].next_id)
        self._deaths: list[Array] = []
        self._attacks = np.zeros(0, ATTACK)

    def first(self) -> Frame:
        """Show the realm as it is, with nothing happening."""
        return self.frame()._replace(births=np.zeros(0, np.int64))

    def see(self, obs: Observation, actions: Actions, events: Any) -> None:
        """Take in half a tick, as ``Realms.advance`` has played it.

        Args:
            obs: what was acted on; ``bear`` will overwrite it.
            actions: what was done.
            events: EVENT (N,), what came of it.
        """
        here = obs.realm == self._w
        self._deaths.append(_deaths(obs, events, here))
        self._attacks = _attacks(self._realms.config, obs, actions, events, here)

    def frame(self) -> Frame:
        """Tell what is new; the next frame begins from here."""
        state, w = self._realms.state, self._w
        agents = state.agents[w]
        now, next_id = land(self._realms, w), int(state.clock[w].next_id)
        index = np.flatnonzero(now != self._land)
        changes = np.zeros(len(index), CHANGE)
        changes["index"], changes["kind"] = index, now.reshape(-1)[index]
        deaths = np.concatenate([np.zeros(0, DEATH), *self._deaths])
        births = np.arange(self._next_id, next_id)
        frame = Frame(
            tick=int(state.clock[w].tick),
            agents=np.array(agents[agents["alive"]]),
            changes=changes,
            attacks=self._attacks,
            births=births,
            deaths=deaths,
        )
        self._land, self._next_id, self._deaths = now, next_id, []
        return frame


def _deaths(obs: Observation, events: Any, here: Array) -> Array:
    who = np.flatnonzero(here & events["died"])
    deaths = np.zeros(len(who), DEATH)
    deaths["id"], deaths["cause"] = obs.ent["id"][who], events["cause"][who]
    deaths["killer"] = events["killer"][who]
    return deaths


def _attacks(config: Config, obs: Observation, actions: Actions, events: Any, here: Array) -> Array:
    """List the attacks that landed, with the victims that the rules found for them."""
    who = np.flatnonzero(here & (events["hits"] > 0))
    attacks = np.zeros(len(who), ATTACK)
    style, target = np.asarray(actions.style)[who], np.asarray(actions.target)[who]
    if config.auto_target:
        seen = obs.others, obs.reach, obs.can_attack
        bounds = np.stack([obs.offsets[who], obs.offsets[who + 1], style], axis=1).tolist()
        target = np.array([weakest(*seen, *bound) for bound in bounds], np.int64)
    attacks["from"], attacks["to"] = obs.ent["id"][who], obs.who[obs.offsets[who] + target]
    attacks["style"], attacks["damage"] = style, events["damage_dealt"][who]
    return attacks
