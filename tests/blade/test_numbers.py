"""One rule for whole numbers, wherever they are given."""

import numpy as np
import pytest

from forge.blade import Actions, Realm, Realms, preset
from forge.blade.numbers import LARGEST_SEED, master_seed, span, whole, wholes
from forge.blade.streams import Owner, generator, seed_words
from forge.blade.terrain import MapError, generate
from forge.config import Config, ConfigError, Law

LAW = Law(max_agents=4, populations=1, map_size=32)
NO_NUMBERS = [True, np.True_, 1.0, np.float64(1), "1", None, [1], np.array(1), np.array([1])]


@pytest.mark.parametrize("kind", [int, np.int8, np.uint8, np.int64, np.uint64])
def test_integers_of_numpy_become_pythons_own(kind):
    number = whole("size", kind(7), 0, 9)
    assert (type(number), number) == (int, 7)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ConfigError, match=r"^size takes a whole number, not .*: 0 … 9$"):
        whole("size", value, 0, 9)


@pytest.mark.parametrize("value", [-1, 10, np.int64(-1), 2**70])
def test_a_number_out_of_range_is_refused(value):
    with pytest.raises(ConfigError, match=r"^size must be 0 … 9, not ."):
        whole("size", value, 0, 9)


def test_a_sequence_becomes_a_tuple():
    assert wholes("index", np.arange(3), 0) == wholes("index", range(3), 0) == (0, 1, 2)


@pytest.mark.parametrize("values", [3, "12", b"12", None])
def test_what_is_no_sequence_is_refused(values):
    with pytest.raises(ConfigError, match="index: a list of whole numbers is expected, not"):
        wholes("index", values, 0)


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [(3, 3, "3"), (0, 2**31 - 1, "0 … 2147483647"), (0, 2**64 - 1, "0 … 2^64 − 1")],
)
def test_bounds_are_written_as_one_reads_them(low, high, written):
    assert span(low, high) == written


@pytest.mark.parametrize("seed", [np.random.default_rng(0).integers(100), np.uint64(85)])
def test_a_seed_may_be_one_of_numpys_integers(seed):
    assert Realm(LAW, seed=seed).digest() == Realm(LAW, seed=int(seed)).digest()


def test_the_largest_seed_is_one():
    assert master_seed(LARGEST_SEED) == Realm(LAW, seed=LARGEST_SEED).seed == 2**64 - 1


@pytest.mark.parametrize("seed", [-1, 2**64, True, 1.5, "1"])
@pytest.mark.parametrize(
    "start",
    [
        lambda seed: Realm(LAW, seed=seed),
        lambda seed: Realms(LAW, seed),
        lambda seed: generator(seed, Owner.GOD),
        lambda seed: seed_words(seed, Owner.WORLD),
    ],
)
def test_what_is_no_seed_is_refused_wherever_one_is_given(start, seed):
    with pytest.raises(ConfigError, match=r"seed (must be|takes a whole number, not)"):
        start(seed)


@pytest.mark.parametrize("number", [-1, 2**31, True, 1.5, "1"])
@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("index", lambda number: Realm(LAW, index=number)),
        ("index", lambda number: Realms(LAW, 0, [0, number])),
        ("the number of a map", lambda number: Realm(LAW, map_number=number)),
        ("the number of a map", lambda number: Realms(LAW, maps=(number,))),
    ],
)
def test_what_is_no_number_of_a_realm_or_map_is_refused(name, start, number):
    with pytest.raises(ConfigError, match=f"^{name} (must be|takes a whole number, not)"):
        start(number)


def test_numbers_of_numpy_name_realms_and_maps():
    realms = Realms(LAW, 0, np.arange(2), maps=np.array([7, 8], np.uint8))
    assert (realms.indices, realms.maps) == ((0, 1), (7, 8))
    assert {type(number) for number in (*realms.indices, *realms.maps)} == {int}


def test_realms_are_at_least_one():
    with pytest.raises(ConfigError, match="indices name no realm"):
        Realms(LAW, indices=())


def test_each_realm_has_one_map():
    with pytest.raises(ConfigError, match="1 maps were given for 2 realms"):
        Realms(LAW, 0, (0, 1), maps=(3,))


@pytest.mark.parametrize("number", [-1, 2**63, True, 1.5])
def test_what_is_no_number_of_a_map_makes_none(number):
    with pytest.raises(MapError, match="the number of a map"):
        generate(LAW, number)


def test_a_realm_takes_the_name_of_a_preset():
    assert Realm("law16", seed=1).digest() == Realms(preset("law16"), 1).digest()


@pytest.mark.parametrize(
    ("config", "said"),
    [("law17", "no config is named 'law17'; did you mean 'law16'"), (Law, "config is a Config")],
)
def test_a_realm_of_no_config_is_refused(config, said):
    with pytest.raises(ConfigError, match=said):
        Realm(config)


@pytest.mark.parametrize("place", [-1, 1, True, 0.0, None])
@pytest.mark.parametrize("ask", ["births_due", "living"])
def test_a_realm_that_is_not_in_the_batch_is_refused(ask, place):
    with pytest.raises(ConfigError, match=r"^realm (must be 0|takes a whole number)"):
        getattr(Realms(LAW), ask)(place)


def test_a_setting_beyond_all_floats_is_not_finite():
    with pytest.raises(ConfigError, match="gamma must be finite"):
        Config(gamma=10**400)


def test_a_setting_of_thousands_of_digits_is_refused_in_one_line():
    with pytest.raises(ConfigError, match="max_agents must be at most 65535, not a"):
        Config(max_agents=10**5000)
    with pytest.raises(ConfigError, match=r"seed must be 0 … 2\^64 − 1, not a value of type int"):
        Realm(LAW, seed=10**5000)


@pytest.mark.parametrize("value", [np.timedelta64(3, "s"), np.array(3), np.array([3])])
def test_a_span_of_time_and_an_array_are_no_whole_numbers(value):
    with pytest.raises(ConfigError, match="takes a whole number"):
        whole("seed", value, 0)


def test_a_number_alone_is_no_list_of_numbers():
    with pytest.raises(ConfigError, match="a list of whole numbers is expected, not array"):
        wholes("maps", np.array(3), 0)


@pytest.mark.parametrize("value", [-1, True, 1.5, None, "3"])
def test_nobody_stays_in_odd_numbers(value):
    with pytest.raises(ConfigError, match="the number of agents"):
        Actions.stay(value)
