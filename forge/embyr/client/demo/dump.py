"""Write a world of scripted agents as JSON, for the development page.

python forge/embyr/client/demo/dump.py OUT [--agents N] [--side TILES] [--warmup T] [--ticks T]
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from forge.blade import Realm, preset
from forge.blade.observation import Actions
from forge.blade.scripted import greedy
from forge.blade.tiles import CAUSES, Style, Tile

# Told apart by all eyes (Okabe and Ito).
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#f4f4f4")
COLUMNS = ("id", "population", "slot", "row", "col", "age", "health", "food", "water", "freeze")


def attacks(realm: Realm, actions: Actions) -> list[list[int]]:
    """List the attacks of a tick that is about to be played: from, to, style, damage."""
    seen, config = realm.observation, realm.config
    damage = (config.melee_damage, config.range_damage, config.mage_damage)
    struck = np.flatnonzero(actions.style != Style.NONE)
    target = seen.who[seen.offsets[struck] + actions.target[struck]]
    return [
        [int(seen.ent["id"][i]), int(to), int(actions.style[i]), int(damage[actions.style[i]])]
        for i, to in zip(struck, target, strict=True)
        if to != seen.ent["id"][i]
    ]


def play(realm: Realm) -> dict[str, Any]:
    """Play one tick, and say what happened."""
    before, tiles = realm.observation.ent["id"].copy(), realm.state.tiles[0].copy()
    actions = greedy(realm.observation)
    struck = attacks(realm, actions)
    events = realm.step(actions).copy()
    died = np.flatnonzero(events.died)
    agents = realm.observation.ent
    changed = np.flatnonzero(realm.state.tiles[0].ravel() != tiles.ravel())
    return {
        "tick": int(realm.state.clock[0].tick),
        "agents": {name: agents[name].tolist() for name in (*COLUMNS, "damage")},
        "tiles": [[int(i), int(realm.state.tiles[0].ravel()[i])] for i in changed],
        "attacks": struck,
        "births": np.setdiff1d(agents["id"], before).tolist(),
        "deaths": [[int(before[i]), int(events.cause[i]) - 1, int(events.killer[i])] for i in died],
    }


def main() -> None:
    """Read the command line, play, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--agents", type=int, default=128)
    parser.add_argument("--side", type=int, default=80)
    parser.add_argument("--births", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=300)
    parser.add_argument("--ticks", type=int, default=400)
    parser.add_argument("--map", type=int, default=7)
    given = parser.parse_args()
    config = preset("chaos128").replace(
        max_agents=given.agents, map_size=given.side, births=given.births
    )
    realm = Realm(config, seed=3, map_number=given.map)
    for _ in range(given.warmup):
        realm.step(greedy(realm.observation))
    tiles = realm.state.tiles[0]
    setup = {
        "side": len(tiles),
        "border": config.border,
        "tiles": tiles.ravel().tolist(),
        "tileNames": [tile.name.lower() for tile in Tile],
        "populations": [
            {"name": f"Population {p}", "color": COLOURS[p % len(COLOURS)]}
            for p in range(config.populations)
        ],
        "maxHealth": config.health,
        "maxFood": config.food,
        "maxWater": config.water,
        "realm": 0,
        "map": given.map,
        "combat": config.combat,
        "radius": config.radius,
        "source": "Greedy scripted agents on map 7; nobody learns here.",
        "realms": [0, 1, 2],
        "reach": [1, 2, 3],
        "styleNames": ["melee", "range", "mage"],
        "causeNames": list(CAUSES),
        "maxAgents": config.max_agents,
        "immunity": config.immunity,
    }
    ticks = [play(realm) for _ in range(given.ticks)]
    given.out.write_text(json.dumps({"setup": setup, "ticks": ticks}, separators=(",", ":")))


if __name__ == "__main__":
    main()
