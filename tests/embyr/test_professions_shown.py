"""What viewers are shown of resources and harvests: frames, packets, and what the page reads."""

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from forge.blade import Realm, Tile, preset
from forge.blade.professions import RESOURCES
from forge.embyr import frames, packets
from forge.embyr.frames import Frame, agent_seen
from forge.embyr.harvests import CRAFT_SEEN
from tests.embyr.test_packets import decode, differences, play

CONFIG = preset("saga32").replace(map_size=48, births=4, immunity=3)
NAMES = list(CRAFT_SEEN.names or ())


@cache
def watched() -> tuple[Realm, list[Frame]]:
    """Watch a world in which agents gather."""
    return play(CONFIG, 120, "gatherer", every=1)


def test_agents_are_shown_with_what_they_have_harvested() -> None:
    realm, seen = watched()
    last = seen[-1].agents
    gathered = realm.state.crafts["gathered"][0, last["slot"]]
    assert np.stack([last[name] for name in NAMES], axis=1).tolist() == gathered.tolist()
    assert (gathered.sum(axis=0) > 0).all()


def test_the_page_reads_harvests_and_tiles(tmp_path: Path) -> None:
    start = frames.land(Realm(CONFIG, seed=3), 0)
    seen = watched()[1]
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"]
    for told, frame in zip(read[1:], seen, strict=True):
        gathered = told["tick"]["agents"]["gathered"]
        assert gathered == [frame.agents[name].tolist() for name in NAMES]
    changed = {change["kind"] for told in read[1:] for change in told["tick"]["tiles"]}
    assert {int(it.spent) for it in RESOURCES} < changed  # the page numbers them as the world does


def test_what_stays_of_professions_is_said_once() -> None:
    said = frames.setting(CONFIG, 0, 0, "")
    assert said["tileNames"] == [tile.name.lower() for tile in Tile]
    ore, *_, fish = said["professions"]["resources"]
    assert ore == {"tile": "ore", "spent": "slag", "skill": 5, "gives": 12, "rare": 6}
    assert fish == {"tile": "fish", "spent": "ocean", "skill": 3, "gives": 15, "rare": 0}


def test_a_world_without_professions_is_sent_no_byte_of_them() -> None:
    config = CONFIG.replace(professions=False)
    said = frames.setting(config, 0, 0, "")
    assert "professions" not in said
    assert len(said["tileNames"]) == 6
    _, seen = play(config, 5, "fighter")
    assert not set(NAMES) & set(seen[-1].agents.dtype.names or ())


def test_harvests_of_128_agents_take_less_than_150_bytes_a_tick() -> None:
    _, seen = play(preset("saga128").replace(births=16), 60, "gatherer")

    def bare(frame: Frame) -> Frame:
        names = agent_seen(["skills", "items", "market", "words"]).names or ()
        return frame._replace(agents=frame.agents[list(names)])

    sizes = [
        len(packets.tick(new, old)) - len(packets.tick(bare(new), bare(old)))
        for old, new in pairwise(seen[20:])
    ]
    assert 5 < max(sizes) < 150
