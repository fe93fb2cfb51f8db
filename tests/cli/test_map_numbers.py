"""``evaluate --maps``: how many maps, or which."""

import json

import click
import pytest
from click.testing import CliRunner

from forge.cli import main
from forge.cli.evaluate_page import _numbered
from forge.cli.mapnumbers import MapNumbers

WORLD = ("--agents", "random", "--config", "law16", "-s", "map_size=32", "-s", "births=4")


def run(*arguments: str, code: int = 0) -> str:
    short = ("--ticks", "40", "--warmup", "10", "--no-anchors")
    result = CliRunner().invoke(main, ["evaluate", *WORLD, *short, *arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize(
    ("text", "maps"),
    [
        ("8", 8),
        (" 8 ", 8),
        ("10008-10008", (10_008,)),
        ("10008-10010", (10_008, 10_009, 10_010)),
        ("10000,10005,10020-10022", (10_000, 10_005, 10_020, 10_021, 10_022)),
        ("10005, 10000 - 10001 ,3", (10_005, 10_000, 10_001, 3)),
        ("0-1,2147483647", (0, 1, 2**31 - 1)),
    ],
)
def test_maps_are_a_number_of_them_or_their_numbers(text: str, maps: object) -> None:
    assert MapNumbers().convert(text, None, None) == maps


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is neither a number nor a stretch: write how many maps, as 8, or which"),
        ("10000,", "'' is neither"),
        ("-1", "'-1' is neither"),
        ("few", "'few' is neither"),
        ("1_0", "'1_0' is neither"),
        ("1.5,2", "'1.5' is neither"),
        ("10000-10001-10002", "'10000-10001-10002' is neither"),
        ("10005-10000", "10005-10000 counts down: write 10000-10005"),
        ("5,2147483648", "2147483648: the number of a map is 0 … 2147483647"),
        ("0-1000000", "0-1000000 are more than 1000000 maps"),
    ],
)
def test_a_text_that_names_no_maps_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        MapNumbers().convert(text, None, None)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ("0", "maps must be 1 … 1000000, not 0"),
        ("2147483648", "maps must be 1 … 1000000, not 2147483648"),
        ("10000,10003,9999-10001", "maps: map 10000 is given 2 times"),
        ("a", "Invalid value for '--maps': 'a' is neither"),
    ],
)
def test_impossible_maps_end_the_command_with_one_line(maps: str, said: str) -> None:
    assert said in " ".join(run("--maps", maps, code=2).split())


def test_json_names_the_maps_in_the_order_given() -> None:
    found = json.loads(run("--maps", "10101,10100,3", "--json"))
    assert found["maps"] == [10_101, 10_100, 3]
    assert len(found["mean_lifetime_by_map"]) == 3


def test_a_number_and_the_maps_that_it_stands_for_give_the_same_figures() -> None:
    assert run("--maps", "2", "--json") == run("--maps", "10000-10001", "--json")


def test_the_page_names_the_maps() -> None:
    assert " · maps 10005, 10000 … 10001 · " in run("--maps", "10005,10000-10001")


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([7], "map 7"),
        ([7, 8], "maps 7 … 8"),
        ([7, 9], "maps 7, 9"),
        ([9, 8, 7], "maps 9, 8, 7"),
        ([1, 2, 3, 7, 5, 6], "maps 1 … 3, 7, 5 … 6"),
    ],
)
def test_stretches_are_named_by_their_ends(numbers: list[int], told: str) -> None:
    assert _numbered("map", numbers) == told


def test_only_realms_of_the_maps_can_be_recorded(tmp_path) -> None:
    options = ("--record", str(tmp_path / "a"), "--record-realm", "2", "--maps", "10005,10001")
    assert "there is no realm 2: each of the 2 of --maps has one" in run(*options, code=2)
