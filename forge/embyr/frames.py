"""See a realm as viewers do: what stays, as a Setting, and what each tick brings, as a Frame.

Frames are made from the world's own arrays, so they hold whatever columns it has.
"""

from collections.abc import Container
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.hits import damages
from forge.blade.hunts import hunted_next
from forge.blade.items import FACTS, PLACES, Wear, defence_from, offence_from
from forge.blade.kinds import HEALTH, SIGHT, Kind
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.records import (
    AGENT,
    BAG_COLUMNS,
    NPC,
    PURSE_COLUMNS,
    SKILLS,
    SPARE,
    Column,
    record,
    widened,
)
from forge.blade.skills import REACHED, Skill
from forge.blade.state import State, agents_of, one_realm, padding
from forge.blade.targets import weakest
from forge.blade.tiles import CAUSES, Cause, Style, kinds_in
from forge.config import Config
from forge.embyr import happened, prices, quests
from forge.embyr.happened import HAPPENING_SEEN
from forge.embyr.harvests import CRAFT_SEEN, setting_of_professions
from forge.embyr.palette import safe_colour
from forge.embyr.quests import QUEST_SEEN

Array = NDArray[Any]

# Made by one tick; several frames can be added up.
CHANGE = np.dtype([("index", np.int32), ("kind", np.uint8)])  # of a tile: row × side + column
ATTACK = np.dtype([("from", np.int64), ("to", np.int64), ("style", np.int8), ("damage", np.int32)])
DEATH = np.dtype([("id", np.int64), ("cause", np.int8), ("killer", np.int64)])  # −1: nobody

NOBODY = -1  # in place of an id
# What a kind of NPC is called where people watch.
NAMES = {Kind.PASSIVE: "deer", Kind.NEUTRAL: "boar", Kind.HOSTILE: "wolf"}
_OF_AGENTS = ("alive", "population", "slot", "food", "water", "food_empty", "water_empty", SPARE)
_REMEMBERED = ("births", "depth", "prey", "prey_id", "until", SPARE)  # not shown as they are

# An agent as it is seen in worlds with skills: its experience in each, and whether it is in combat.
SKILLS_SEEN = record(
    *((skill.name.lower(), SKILLS["experience"].base) for skill in Skill), ("in_combat", np.bool_)
)


def _parts(column: Column) -> dict[str, tuple[Any, ...]]:
    """List what is seen of a column as single numbers: by name, where each stands in it."""
    if not column.shape:
        return {column.name: (...,)}
    return {f"{column.name}_{k}": (..., k) for k in range(*column.shape)}


# What it carries in worlds with items: a column for each place of an inventory.
BAG_SEEN = record(*((name, it.dtype) for it in BAG_COLUMNS for name in _parts(it)))
# What it trades with in worlds with a market.
PURSE_SEEN = record(*((it.name, it.dtype) for it in PURSE_COLUMNS))
# By system.
SEEN_OF = {
    "skills": SKILLS_SEEN,
    "items": BAG_SEEN,
    "professions": CRAFT_SEEN,
    "market": PURSE_SEEN,
    "words": record(("said", np.uint8)),
    "quests": QUEST_SEEN,
}

# An NPC as it is seen: what it shares with agents, what it is, and the id of whom it hunts now.
NPC_SEEN = np.dtype(
    [
        *((name, AGENT[name]) for name in AGENT.names or () if name not in _OF_AGENTS),
        *((name, NPC[name]) for name in NPC.names or () if name not in _REMEMBERED),
        ("prey", np.int64),
    ]
)


class Frame(NamedTuple):
    """One realm after a tick, and what happened in it; ids of NPCs are negative."""

    tick: int
    agents: Array  # agent_seen (n,): the living, by slot
    changes: Array  # CHANGE: what became of tiles
    attacks: Array  # ATTACK: those that landed
    births: Array  # int64: ids of agents
    deaths: Array  # DEATH, of agents and NPCs
    npcs: Array | None = None  # NPC_SEEN (k,), the living, by slot; None: this world has none
    market: Array | None = None  # uint8 (kinds, levels), lowest prices; None: this world has none
    happened: Array = np.zeros(0, HAPPENING_SEEN)  # what agents did: see happened.seen


def agent_seen(systems: Container[str]) -> "np.dtype[Any]":
    """Choose the record of agents as they are seen where a world has some systems: AGENT, and more.

    Args:
        systems: names of settings; others than those of ``SEEN_OF`` add nothing.
    """
    return _agent_seen(*(system for system in SEEN_OF if system in systems))


@cache
def _agent_seen(*systems: str) -> "np.dtype[Any]":
    parts = (AGENT, *(SEEN_OF[system] for system in systems))
    return record(*((name, part[name]) for part in parts for name in part.names or ()))


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
        **_setting_of_npcs(config),
        **_setting_of_skills(config),
        **_setting_of_items(config),
        **setting_of_professions(config),
        **prices.setting(config),
        **quests.setting(config),
        **happened.setting(config),
        **({"words": config.words} if config.words else {}),
        "side": config.map_size,
        "border": config.border,
        "tileNames": [kind.name.lower() for kind in kinds_in(config)],
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


def _setting_of_npcs(config: Config) -> dict[str, Any]:
    """Say what stays of NPCs: nothing where there are none."""
    if not config.npcs:
        return {}
    kinds = [{"kind": kind.name.lower(), "name": name} for kind, name in NAMES.items()]
    return {"npcs": {"most": config.npcs, "health": HEALTH, "sight": SIGHT, "kinds": kinds}}


def _setting_of_skills(config: Config) -> dict[str, Any]:
    """Say what stays of skills: nothing where there are none. Those of the styles come first."""
    if not config.skills:
        return {}
    return {"skills": {"names": [skill.name.lower() for skill in Skill], "reached": list(REACHED)}}


def _setting_of_items(config: Config) -> dict[str, Any]:
    """Say what stays of items: nothing where there are none. Kind 0 and slot 0 are none.

    A kind has the skill whose level it needs and the style that it helps, or −1, and what it adds
    to offence in that style and to defence while it is worn, at each level from 0.
    """
    if not config.items:
        return {}
    levels = range(len(REACHED) + 1)
    kinds = [
        {
            "name": kind.name.lower(),
            "slot": int(facts.slot),
            "skill": facts.skill,
            "style": facts.style,
            "offence": [offence_from(kind, level, max(0, facts.style)) for level in levels],
            "defence": [defence_from(kind, level) for level in levels],
        }
        for kind, facts in sorted(FACTS.items())
    ]
    slots = [slot.name.lower() for slot in Wear]
    return {"items": {"places": PLACES, "slots": slots, "kinds": kinds}}


def agents(realms: Realms, w: int) -> Array:
    """Show the living agents of a realm: agent_seen (n,), by slot."""
    state, config = realms.state, realms.config
    alive = agents_of(state, w)["alive"]
    bodies = np.array(agents_of(state, w)[alive])
    systems = [system for system in SEEN_OF if getattr(config, system)]
    if not systems:
        return bodies
    seen = widened(bodies, agent_seen(systems))
    if config.skills:
        known = state.skills[w, alive]
        for skill in Skill:
            seen[skill.name.lower()] = known["experience"][:, skill]
        seen["in_combat"] = known["combat_until"] > state.clock[w].tick
    if config.items:
        bags = state.bags[w, alive]
        for column in BAG_COLUMNS:
            for name, place in _parts(column).items():
                seen[name] = bags[column.name][place]
    if config.professions:
        gathered = state.crafts[w, alive]["gathered"]
        for k, name in enumerate(CRAFT_SEEN.names or ()):
            seen[name] = gathered[:, k]
    if config.market:
        for name in PURSE_SEEN.names or ():
            seen[name] = state.purses[name][w, alive]
    if config.words:
        seen["said"] = state.said[w, alive]
    if config.quests:
        for name in QUEST_SEEN.names or ():
            seen[name] = state.quests[name][w, alive]
    return seen


def npcs(realms: Realms, w: int) -> Array:
    """Show the living NPCs of a realm as they are: NPC_SEEN (k,), by slot; ``prey`` is nobody."""
    state = realms.state
    first = state.lives.shape[1]
    alive = state.agents[w, first:]["alive"]
    bodies, minds = state.agents[w, first:][alive], state.npcs[w, alive]
    seen = np.zeros(len(bodies), NPC_SEEN)
    for source in (bodies, minds):
        for name in set(source.dtype.names) & set(NPC_SEEN.names or ()) - {"prey"}:
            seen[name] = source[name]
    seen["prey"] = NOBODY
    return seen


def hunting_npcs(realms: Realms, w: int) -> Array:
    """Show the living NPCs of a realm, and whom each will hunt in the next tick: NPC_SEEN (k,)."""
    seen, state = npcs(realms, w), realms.state
    alive = state.agents[w, state.lives.shape[1] :]["alive"]
    slots = hunted_next(state, realms.config, w)[alive]
    seen["prey"] = np.where(slots >= 0, state.agents[w, slots]["id"], NOBODY)
    return seen


def land(realms: Realms, w: int) -> Array:
    """Copy the map of a realm as it is: uint8 (map_size, map_size)."""
    pad, size = padding(realms.config), realms.config.map_size
    tiles: Array = realms.state.tiles[w, pad : pad + size, pad : pad + size].copy()
    return tiles


class Witness:
    """Watch one realm of a batch: tell what has changed since the last frame.

    Several ticks may pass between two frames: births, deaths, rows of what happened and changes of
    tiles add up, attacks are those of the last tick.
    """

    def __init__(self, realms: Realms, w: int) -> None:
        self._realms, self._w = realms, w
        self._land = land(realms, w)
        self._next_id = int(realms.state.clock[w].next_id)
        self._deaths: list[Array] = []
        self._happened: list[Array] = []
        self._attacks = np.zeros(0, ATTACK)
        self._before = self._remembered()

    def first(self) -> Frame:
        """Show the realm as it is, with nothing happening."""
        return self.frame()._replace(births=np.zeros(0, np.int64))

    def see(self, obs: Observation, actions: Actions, events: Any, rows: Array) -> None:
        """Take in half a tick, as ``Realms.advance`` has played it.

        Args:
            obs: what was acted on; ``bear`` will overwrite it.
            actions: what was done.
            events: EVENT (N,), what came of it.
            rows: HAPPENED, of the whole batch.
        """
        self._happened.append(rows[rows["realm"] == self._realms.indices[self._w]])
        here = obs.realm == self._w
        attacks = _attacks(self._realms.config, obs, actions, events, here)
        self._deaths.append(_deaths(obs, events, here))
        if self._realms.config.npcs:
            slayers = obs.ent["id"][here & events["slew_npc"]]
            self._deaths.append(_slain(attacks, slayers))
            attacks = np.concatenate([attacks, self._struck(obs.ent[here])])
            self._before = self._remembered()
        self._attacks = attacks

    def frame(self) -> Frame:
        """Tell what is new; the next frame begins from here."""
        state, w = self._realms.state, self._w
        now, next_id = land(self._realms, w), int(state.clock[w].next_id)
        index = np.flatnonzero(now != self._land)
        changes = np.zeros(len(index), CHANGE)
        changes["index"], changes["kind"] = index, now.reshape(-1)[index]
        deaths = np.concatenate([np.zeros(0, DEATH), *self._deaths])
        births = np.arange(self._next_id, next_id)
        self._before = self._remembered()  # the realm may have come to another map
        frame = Frame(
            tick=int(state.clock[w].tick),
            agents=agents(self._realms, w),
            changes=changes,
            attacks=self._attacks,
            births=births,
            deaths=deaths,
            npcs=hunting_npcs(self._realms, w) if self._realms.config.npcs else None,
            market=prices.lowest(state, w) if self._realms.config.market else None,
            happened=happened.seen(self._happened, int(state.clock[w].tick)),
        )
        self._land, self._next_id, self._deaths, self._happened = now, next_id, [], []
        return frame

    def _remembered(self) -> State:
        """Keep the state of the realm alone, of which attacks read agents and what is theirs."""
        one = one_realm(self._realms.state, self._w)
        read = {name: getattr(one, name).copy() for name in ("agents", "npcs", "skills", "bags")}
        return one._replace(**read)

    def _dressed(self) -> State:
        """Give the state before this half of a tick, with the bags that attacks found.

        Agents deal before attacks, and nobody changes defences afterwards but by dying: the living
        wear now what they wore then. The slain are taken to have worn what they began with.
        """
        before, state, w = self._before, self._realms.state, self._w
        if not self._realms.config.items:
            return before
        alive = agents_of(state, w)["alive"]
        bags = before.bags.copy()
        bags[0, alive] = state.bags[w, alive]
        return before._replace(bags=bags)

    def _struck(self, agents: Array) -> Array:
        """List the attacks of NPCs in this half of a tick: ATTACK.

        All that NPCs choose land, and the slain strike too.

        Args:
            agents: AGENT (n,), as the tick began.
        """
        before, config = self._dressed(), self._realms.config
        first = before.lives.shape[1]
        ids = np.zeros(config.max_agents, np.int64)
        ids[agents["slot"]] = agents["id"]
        intents = self._realms.intents[self._w]
        strikes = before.agents[0]["alive"] & (intents["style"] >= 0)
        slots = first + np.flatnonzero(strikes[first:])
        whom, styles = intents["target"][slots], intents["style"][slots]
        attacks = np.zeros(len(slots), ATTACK)
        attacks["from"], attacks["style"] = before.agents[0, slots]["id"], styles
        attacks["damage"] = damages(before, config, 0, slots, whom, styles)
        attacks["to"] = ids[whom]
        return attacks


def _deaths(obs: Observation, events: Any, here: Array) -> Array:
    who = np.flatnonzero(here & events["died"])
    deaths = np.zeros(len(who), DEATH)
    deaths["id"], deaths["cause"] = obs.ent["id"][who], events["cause"][who]
    deaths["killer"] = events["killer"][who]
    return deaths


def _slain(attacks: Array, slayers: Array) -> Array:
    """List the NPCs that were slain: DEATH. An agent attacks once in a tick."""
    hits = attacks[np.isin(attacks["from"], slayers)]
    deaths = np.zeros(len(hits), DEATH)
    deaths["id"], deaths["cause"], deaths["killer"] = hits["to"], Cause.SLAIN, hits["from"]
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
