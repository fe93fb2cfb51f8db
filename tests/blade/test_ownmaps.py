"""Maps of one's own in a config: which files are read, what is refused, and who lives on which."""

import base64
import json
import pickle
import zlib

import numpy as np
import pytest

from forge.blade import Law, Realm, Realms, Tile, mapfile, ownmaps, terrain
from forge.blade.recording.content import plain_config
from forge.blade.recording.recorder import Recorder
from forge.blade.scripted import SCRIPTED
from forge.config import Config
from forge.errors import ConfigError
from tests.blade.own_maps import CONFIG, inner, lies_on, pond, write


def names(config):
    return [each.name for each in ownmaps.maps_in(config.map_files)]


def refusal(value, config=CONFIG):
    with pytest.raises(ConfigError) as caught:
        config.replace(map_files=value)
    return str(caught.value)


def stored(*maps):
    rows = [{"name": "a.tmx", "tiles": base64.b64encode(tiles).decode()} for tiles in maps]
    return json.dumps(rows)


# -- Files ----------------------------------------------------------------------------------


def test_files_keep_their_order_and_those_of_a_folder_have_that_of_their_names(tmp_path):
    first, second, third = write(tmp_path)
    (tmp_path / "notes.txt").touch()
    assert names(CONFIG.replace(map_files=f"{third}, {first}")) == ["pond2.tmx", "pond0.tmx"]
    assert names(CONFIG.replace(map_files=tmp_path)) == [first.name, second.name, third.name]
    assert names(CONFIG.replace(map_files=[second, str(tmp_path)])) == [
        "pond1.tmx", "pond0.tmx", "pond1.tmx", "pond2.tmx",
    ]  # fmt: skip


def test_paths_and_texts_and_lists_of_them_are_the_same(tmp_path, monkeypatch):
    (path,) = write(tmp_path, 1)
    expected = CONFIG.replace(map_files=path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for given in ("pond0.tmx", "~/pond0.tmx", [path], (str(path),)):
        assert CONFIG.replace(map_files=given) == expected
    assert CONFIG.with_texts({"map_files": "pond0.tmx"}) == expected
    assert CONFIG.replace(map_files=None) == CONFIG


def test_a_name_with_a_comma_can_be_listed(tmp_path):
    mapfile.write(tmp_path / "a,b.tmx", pond())
    assert names(CONFIG.replace(map_files=[tmp_path / "a,b.tmx"])) == ["a,b.tmx"]


def test_a_class_of_configs_may_have_maps(tmp_path):
    class Ponds(Config):
        map_size, border = CONFIG.map_size, CONFIG.border
        map_files = write(tmp_path)

    assert names(Ponds()) == ["pond0.tmx", "pond1.tmx", "pond2.tmx"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("gone.tmx", r"map_files: cannot use the map .*gone.tmx: No such file or directory"),
        ("pond0.png", r".*pond0.png is neither a .tmx file nor a folder of them: save the map"),
        ("empty", r"map_files: the folder .*empty holds no .tmx file"),
        ("wide.tmx", r"map_files: .*wide.tmx has 2 × 3 tiles: a map is a square"),
        ("pond0.tmx,", "map_files: a map is the path of a .tmx file, not ''"),
        ([3], "map_files: a map is the path of a .tmx file, not 3"),
        ([], "map_files: the list is empty: name a file, or '' for generated maps"),
        (3, "map_files takes a text, not 3"),
    ],
)
def test_what_is_no_map_is_refused_by_its_name(value, why, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, 1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "pond0.png").touch()
    mapfile.write("wide.tmx", np.zeros((2, 3), np.uint8))
    with pytest.raises(ConfigError, match=f"^{why}"):
        CONFIG.replace(map_files=value)


@pytest.mark.parametrize(
    ("change", "more", "why"),
    [
        ((0, 0, Tile.LAVA), {"map_size": 32}, "the map has 24 × 24 tiles, but map_size is 32: set"),
        ((0, 0, Tile.GRASS), {}, "the map has grass at row 0, column 0: the outermost 4 tiles"),
        ((4, 9, Tile.STONE), {}, "the map has stone at row 4, column 9: agents are born on"),
        ((9, 9, Tile.ORE), {}, "the map has ore at row 9, column 9: there is ore only with prof"),
    ],
)
def test_a_map_that_the_world_cannot_use_is_refused_by_its_name(change, more, why, tmp_path):
    row, col, kind = change
    tiles = pond()
    tiles[row, col] = kind
    mapfile.write(tmp_path / "odd.tmx", tiles)
    assert refusal(tmp_path, CONFIG.replace(**more)).startswith(f"map_files: odd.tmx: {why}")


def test_more_tiles_than_a_config_can_hold_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ownmaps, "MOST_TILES", 2 * 24 * 24)
    assert refusal(write(tmp_path)).startswith("map_files: at most 10000 maps, of 1152 tiles tog")


# -- Configs that are stored ----------------------------------------------------------------


def test_a_config_holds_its_maps_and_needs_no_file(tmp_path):
    config = CONFIG.replace(map_files=write(tmp_path))
    for path in tmp_path.iterdir():
        path.unlink()
    for again in (
        Config.from_json(config.to_json()),
        pickle.loads(pickle.dumps(config)),
        config.replace(horizon=3).replace(horizon=config.horizon),
    ):
        assert again == config
        assert lies_on(terrain.generate(again, 1), 2)


@pytest.mark.parametrize("value", ["pond0.tmx", ["pond0.tmx"], 3])
def test_a_config_that_is_read_opens_no_map(value, tmp_path, monkeypatch):
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="map_files: a config that is read names no file, but"):
        Config.from_dict(CONFIG.as_dict() | {"map_files": value})


@pytest.mark.parametrize(
    "text",
    [
        '["pond0.tmx"]',
        '[{"name": "a.tmx"}]',
        '[{"name": 3, "tiles": ""}]',
        '[{"name": "a\\nb", "tiles": ""}]',
        '[{"name": "a.tmx", "tiles": "%"}]',
        '[{"name": "a.tmx", "tiles": "é"}]',
        stored(b"no zlib"),
        stored(zlib.compress(b"")),
        stored(zlib.compress(b"123")),
        stored(zlib.compress(bytes(576))[:-3]),
        stored(zlib.compress(bytes(2**25))),
    ],
)
def test_a_damaged_map_of_a_stored_config_is_refused(text):
    with pytest.raises(ConfigError, match="map_files: map 1 of the config is damaged"):
        Config.from_dict({"map_files": text})


@pytest.mark.parametrize(
    ("text", "why"), [("[", "it is not JSON"), ("[]", "the list is empty"), ("[1]]", "not JSON")]
)
def test_a_stored_config_without_a_list_of_maps_is_refused(text, why):
    with pytest.raises(ConfigError, match=f"map_files: .*{why}"):
        Config.from_dict({"map_files": text})


def test_a_stored_map_must_suit_the_world():
    with pytest.raises(ConfigError, match=r"a.tmx: the map has kind 77 at row 0, column 0: kinds"):
        Config.from_dict(CONFIG.as_dict() | {"map_files": stored(zlib.compress(b"M" * 576))})


def test_people_are_told_a_digest_and_names(tmp_path):
    one, other, third = (CONFIG.replace(map_files=path).map_files for path in write(tmp_path))
    assert len({ownmaps.brief(it).split()[0] for it in (one, other, third)}) == 3
    assert ownmaps.brief(one).endswith(" (pond0.tmx)")
    assert ownmaps.brief("") == ""


# -- Worlds ---------------------------------------------------------------------------------


def test_map_k_is_file_k_modulo_their_number(tmp_path):
    config = CONFIG.replace(map_files=write(tmp_path))
    realms = Realms(config, indices=range(5))
    assert realms.maps == (0, 1, 2, 0, 1)
    assert [lies_on(inner(realms, w), 1 + w % 3) for w in range(5)] == [True] * 5
    realm = Realm(config, map_number=10_001)  # 10 001 = 3 × 3333 + 2
    assert realm.maps == (10_001,)
    assert lies_on(inner(realm), 3)


def test_realms_live_on_the_first_maps_where_maps_says_so(tmp_path):
    config = CONFIG.replace(map_files=write(tmp_path), maps=2)
    assert Realms(config, indices=range(4)).maps == (0, 1, 0, 1)
    assert (config.num_maps, CONFIG.num_maps) == (2, 200)


def test_realms_move_on_to_other_files(tmp_path):
    realm = Realm(CONFIG.replace(map_files=write(tmp_path), map_epochs=1))
    realm.move({0: 2})
    assert realm.maps == (2,)
    assert lies_on(inner(realm), 3)


def test_there_must_be_a_file_to_move_on_to(tmp_path):
    with pytest.raises(ConfigError, match="only one: name more files in map_files"):
        CONFIG.replace(map_files=write(tmp_path, 1), map_epochs=1)


def test_lives_name_the_number_of_their_map(tmp_path):
    realms = Realms(CONFIG.replace(map_files=write(tmp_path)), 0, (1, 5), (1, 5))
    for _ in range(60):
        realms.step(SCRIPTED["random"](realms.observation))
    lives = realms.take_lives()
    assert len(lives) > 10
    assert {*zip(lives["realm"].tolist(), lives["map"].tolist(), strict=True)} == {(1, 1), (5, 5)}


def test_the_head_of_a_recording_needs_no_maps(tmp_path):
    realm = Realm(CONFIG.replace(map_files=write(tmp_path)))
    assert plain_config(realm.config) == CONFIG
    assert len(Recorder(realm, 0, "a test").take()) == 2


def test_a_world_on_a_file_is_the_same_as_on_that_array(tmp_path):
    config = CONFIG.replace(map_files=write(tmp_path))
    worlds = Realms(config, 3), Realms(CONFIG, 3, terrain=pond()[None])
    for _ in range(30):
        for realms in worlds:
            realms.step(SCRIPTED["random"](realms.observation))
    assert worlds[0].digest() == worlds[1].digest()


def test_nothing_changes_without_files():
    assert Law().map_files == ""
    assert terrain.generate(Law(), 3) is terrain._cached(
        80, 9, 8, 16.0, (0.0645, 0.415, 0.623), (0, 0), 0, 3
    )
