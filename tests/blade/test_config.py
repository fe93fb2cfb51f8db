import dataclasses

import pytest

from forge.blade import Chaos, Config, ConfigError, Law, preset


def test_a_subclass_changes_a_few_values():
    class Small(Law):
        max_agents = 64
        populations = 2

    assert (Small().max_agents, Small().combat, Small(births=3).births) == (64, False, 3)


def test_a_subclass_with_an_unknown_name_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'max_agents'"):
        type("Typo", (Law,), {"max_agnets": 64})


def test_a_config_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Law().max_agents = 3


def test_an_unknown_setting_names_the_nearest():
    with pytest.raises(ConfigError, match="'populatons'; did you mean 'populations'"):
        Law().replace(populatons=2)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"max_agents": 0}, "max_agents must be at least 1, not 0"),
        ({"populations": 129}, "populations .129. exceeds max_agents .128."),
        ({"border": 39}, "border .39. leaves no room"),
        ({"regrowth": 1.5}, "regrowth must be at most 1"),
        ({"gamma": float("nan")}, "gamma must be finite"),
        ({"births": True}, "births takes int, not True"),
        ({"learner": "sarsa"}, "learner is one of pg, ppo"),
        ({"grass_cut": 0.01}, "water_cut ≤ grass_cut ≤ forest_cut"),
        ({"mage_reach": 8}, "mage_reach .8. exceeds radius .7."),
    ],
)
def test_an_impossible_value_is_refused_with_its_reason(values, said):
    with pytest.raises(ConfigError, match=said):
        Chaos(**values)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("1", True), ("no", False)]
)
def test_texts_become_booleans(text, value):
    assert Chaos().with_texts({"auto_target": text}).auto_target is value


@pytest.mark.parametrize(
    ("name", "text"), [("births", "1.5"), ("gamma", "x"), ("combat", "maybe"), ("births", "")]
)
def test_a_text_that_is_no_such_value_is_refused(name, text):
    with pytest.raises(ConfigError, match=f"{name} takes"):
        Chaos().with_texts({name: text})


def test_whole_numbers_are_taken_for_fractions():
    assert Law(gamma=1).gamma == 1.0


@pytest.mark.parametrize("config", [Law(), Chaos(max_agents=32, gamma=0.5)])
def test_json_round_trip(config):
    assert type(config).from_json(config.to_json()) == config


@pytest.mark.parametrize("text", ["", "[]", "{", '{"nope": 1}'])
def test_json_that_is_no_config_is_refused(text):
    with pytest.raises(ConfigError):
        Config.from_json(text)


@pytest.mark.parametrize("agents", [16, 32, 64, 128])
def test_presets_have_a_population_per_16_agents(agents):
    law, chaos = preset(f"law{agents}"), preset(f"chaos{agents}")
    assert law.populations == chaos.populations == agents // 16
    assert (law.combat, chaos.combat) == (False, True)


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'law128'"):
        preset("law12")


def test_every_setting_has_a_line_of_documentation():
    assert all(f.metadata["doc"] for f in dataclasses.fields(Config))
