"""Flat pictures: the right colours at the right places, the same ones every time."""

import io

import numpy as np
import pytest
from PIL import Image

from forge.blade import Config, Realm, Tile
from forge.blade.records import AGENT
from forge.blade.terrain import generate
from forge.embyr import picture

CONFIG = Config(map_size=20, border=3, populations=4, max_agents=8, births=8)
MAP = generate(CONFIG, 0)


def pixels(*arguments, **options):
    return np.asarray(picture.draw(*arguments, **options)).astype(int)


def agents(*places):
    rows = np.zeros(len(places), AGENT)
    for agent, (row, col, population) in zip(rows, places, strict=True):
        agent.row, agent.col, agent.population = row, col, population
    return rows


@pytest.mark.parametrize("scale", [1, 3, 4, 8, 15])
def test_picture_has_scale_pixels_per_tile(scale):
    assert picture.draw(MAP[:7], scale=scale).size == (20 * scale, 7 * scale)


@pytest.mark.parametrize("scale", [0, 65, -1])
def test_scale_out_of_range_is_refused(scale):
    with pytest.raises(ValueError, match="1 to 64 pixels"):
        picture.draw(MAP, scale=scale)


def test_picture_too_large_for_memory_is_refused():
    with pytest.raises(ValueError, match="too large at scale 64"):
        picture.draw(np.zeros((65, 64), np.uint8), scale=64)


@pytest.mark.parametrize("scale", [1, 8])
def test_kinds_of_tiles_look_different(scale):
    means = [pixels(np.full((6, 6), kind, np.uint8), scale=scale).mean((0, 1)) for kind in Tile]
    gaps = [abs(a - b).sum() for i, a in enumerate(means) for b in means[:i]]
    assert len(gaps) == 120
    assert min(gaps) > 20


def test_middle_of_every_tile_shows_its_kind():
    # Borders wander by less than half a tile, so the middle keeps its ground: lava and water.
    tiles = np.where(np.indices((8, 8)).sum(0) % 2, Tile.LAVA, Tile.WATER).astype(np.uint8)
    middles = pixels(tiles, scale=9)[4::9, 4::9]
    assert ((middles[..., 2] > middles[..., 0]) == (tiles == Tile.WATER)).all()


def test_same_world_gives_same_picture():
    realm = Realm(CONFIG, seed=1)
    first = pixels(realm.state.tiles[0], realm.observation.ent)
    picture._noise.cache_clear()
    picture._drawings.cache_clear()
    assert (first == pixels(realm.state.tiles[0], realm.observation.ent)).all()


def test_agent_is_drawn_on_its_tile_in_the_colour_of_its_population():
    before, after = pixels(MAP, scale=9), pixels(MAP, agents((5, 7, 2)), scale=9)
    changed = np.argwhere((before != after).any(-1))
    assert (changed.min(0) >= (5 * 9, 7 * 9)).all()
    assert (changed.max(0) < (6 * 9, 8 * 9)).all()
    assert abs(after[49, 67] - picture.safe_colour(2)).max() <= 2


def test_agents_on_one_tile_are_all_seen():
    one, two = pixels(MAP, agents((5, 5, 0))), pixels(MAP, agents((5, 5, 0), (5, 5, 1)))
    assert (one != two).any()


@pytest.mark.parametrize("place", [(0, 0, 0), (19, 19, 0), (0, 19, 0)])
@pytest.mark.parametrize("scale", [1, 2, 8])
def test_agent_in_a_corner_is_drawn_inside_the_picture(place, scale):
    plain = pixels(MAP, scale=scale)
    assert (plain != pixels(MAP, agents(place), scale=scale)).any()


def test_populations_have_colours_far_apart():
    colours = np.array([picture.safe_colour(population) for population in range(8)])
    gaps = [abs(a - b).sum() for i, a in enumerate(colours) for b in colours[:i]]
    assert len(gaps) == 28
    assert min(gaps) > 60


def test_tileset_shows_each_kind_once():
    assert picture.tileset(16).size == (16 * len(Tile), 16)


def test_png_holds_the_picture():
    image = picture.draw(MAP, scale=4)
    again = Image.open(io.BytesIO(picture.png(image)))
    assert (np.asarray(again) == np.asarray(image)).all()


def test_blur_averages_over_a_square_and_goes_on_beyond_the_edge():
    # 0 0 9 with the edge repeated: (0+0+0)/3, (0+0+9)/3, (0+9+9)/3, the same in each row.
    blurred = picture._blur(np.array([[0.0, 0.0, 9.0]] * 2), 1)
    assert blurred.tolist() == [[0.0, 3.0, 6.0]] * 2
