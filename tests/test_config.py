import copy
import dataclasses
import inspect
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from forge import files
from forge.blade import Chaos, Config, ConfigError, Law, preset
from forge.blade.settings import setting


def test_a_subclass_changes_a_few_values():
    class Small(Law):
        max_agents = 64
        populations = 2

    assert (Small().max_agents, Small().combat, Small(births=3).births) == (64, False, 3)


def test_a_subclass_with_an_unknown_name_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'max_agents'"):
        type("Typo", (Law,), {"max_agnets": 64})


def test_a_subclass_with_a_value_of_its_own_says_where_that_belongs():
    with pytest.raises(ConfigError, match=r"no setting 'bonus', and .* to your Sword or God"):
        type("My", (Law,), {"bonus": 0.5})


def test_a_subclass_declares_a_setting_of_its_own():
    class Spiced(Law):
        spice: float = setting("how much of it", default=1.0, low=0, high=10)

    assert (Spiced().spice, Spiced(spice=2, births=3).spice) == (1.0, 2.0)
    assert Spiced.from_json(Spiced(spice=3).to_json()) == Spiced().with_texts({"spice": "3"})
    with pytest.raises(ConfigError, match="spice must be at most 10, not 11"):
        Spiced(spice=11)


def test_a_subclass_refuses_settings_that_contradict_each_other():
    class Crowded(Law):
        def check_together(self):
            super().check_together()
            if self.max_agents < 64:
                raise ConfigError("a crowd has at least 64 agents")

    assert Crowded(max_agents=64).max_agents == 64
    for small in ({"max_agents": 32}, {"max_agents": 128, "populations": 129}):
        with pytest.raises(ConfigError, match=r"at least 64 agents|exceeds max_agents"):
            Crowded(**small)


@pytest.mark.parametrize("spice", [setting("how much", default=1.0), dataclasses.field(default=1)])
def test_a_field_that_is_not_declared_as_a_setting_is_refused(spice):
    with pytest.raises(ConfigError, match=r"no setting 'spice'.*: spice: float = setting\("):
        type("My", (Law,), {"spice": spice})
    with pytest.raises(ConfigError, match="births takes a whole number"):
        type("My", (Law,), {"births": dataclasses.field(default=1)})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("friendly_fire", "no", "true or false, not 'no'"),
        ("combat", 0, "true or false, not 0"),
        ("births", 1.5, "a whole number, not 1.5"),
        ("max_agents", 16.0, "a whole number, not 16.0"),
        ("max_agents", "16", "a whole number, not '16'"),
        ("max_agents", len, "a whole number, not <built-in"),
        ("maps", [1, 2], "a whole number, not .1, 2."),
        ("gamma", "0.9", "a number, not '0.9'"),
        ("learner", None, "a text, not None"),
    ],
)
def test_a_subclass_with_a_value_of_another_kind_is_refused(name, value, said):
    with pytest.raises(ConfigError, match=f"{name} takes {said}"):
        type("My", (Law,), {name: value})


def test_a_subclass_with_a_value_out_of_range_is_refused():
    with pytest.raises(ConfigError, match="births must be at least 0"):
        type("My", (Law,), {"births": -1})


def test_a_whole_number_in_a_subclass_is_taken_for_a_fraction():
    class Far(Law):
        gamma = 1

    class Farther(Far):
        drain = 2

    assert json.loads(Far().to_json())["gamma"] == 1.0
    assert [repr(value) for value in (Far().gamma, Farther().gamma, Far.gamma)] == ["1.0"] * 3
    assert Farther().replace(gamma=0.9).with_texts({"drain": "0.5"}).gamma == 0.9


def test_a_config_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Law().max_agents = 3


def test_an_unknown_setting_names_the_nearest():
    with pytest.raises(ConfigError, match="'populatons'; did you mean 'populations'"):
        Law().replace(populatons=2)


def test_a_config_made_by_its_name_names_the_nearest():
    for make in (Law, Chaos, type("Mine", (Law,), {})):
        with pytest.raises(ConfigError, match="'max_agent'; did you mean 'max_agents'"):
            make(max_agent=3)


def test_a_constructor_of_ones_own_stays():
    class Square(Law):
        def __init__(self, side, **settings):
            super().__init__(map_size=side, **settings)

    assert Square(40, births=2).map_size == 40
    with pytest.raises(ConfigError, match="did you mean 'births'"):
        Square(40, birth=2)


def test_a_config_survives_pickling_and_copying():
    config = Law(max_agents=16)
    assert pickle.loads(pickle.dumps(config)) == copy.deepcopy(config) == config
    assert inspect.signature(Law).parameters["max_agents"].default == 128


@pytest.mark.parametrize(
    ("name", "said"),
    [("NENT", "'max_agents' .NENT in v1.0."), ("lr", "'learning_rate' .LR in v1.0.")],
)
def test_a_name_of_v1_is_told_the_name_of_today(name, said):
    with pytest.raises(ConfigError, match=f"did you mean {said}"):
        Law().with_texts({name: "1"})


def test_an_unknown_setting_with_none_near_is_told_where_all_are():
    with pytest.raises(ConfigError, match="no setting 'zzz'; docs/config"):
        Law().replace(zzz=2)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"max_agents": 0}, "max_agents must be at least 1, not 0"),
        ({"populations": 129}, "populations .129. exceeds max_agents .128."),
        ({"border": 39}, "border .39. leaves no room"),
        ({"regrowth": 1.5}, "regrowth must be at most 1"),
        ({"gamma": float("nan")}, "gamma must be finite"),
        ({"births": True}, "births takes a whole number, not True"),
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


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("max_agents", np.int64(16), 16),
        ("gamma", np.float32(0.5), 0.5),
        ("gamma", np.float64(0.9), 0.9),
        ("gamma", np.uint8(1), 1.0),
        ("combat", np.bool_(True), True),
        ("learner", np.str_("pg"), "pg"),
    ],
)
def test_numpy_scalars_become_pythons_own(name, value, kept):
    config = Law(**{name: value})
    assert getattr(config, name) == kept
    assert type(getattr(config, name)) is type(kept)


@pytest.mark.parametrize("value", [np.float64(16), np.bool_(True), np.array([16])])
def test_numpy_values_of_another_kind_are_refused(value):
    with pytest.raises(ConfigError, match="max_agents takes a whole number"):
        Law(max_agents=value)


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


@pytest.mark.parametrize("name", ["chaos", "chaos16", "chaos128"])
def test_chaos_learns_with_settings_of_its_own_and_law_with_the_common_ones(name):
    names = ("passes", "minibatches", "horizon", "gamma", "gae_lambda", "learning_rate")
    learner = {each: (getattr(preset(name), each), getattr(Config(), each)) for each in names}
    assert all(own != common for own, common in learner.values())
    law = preset(name.replace("chaos", "law"))
    assert all(getattr(law, each) == common for each, (_, common) in learner.items())


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'law128'"):
        preset("law12")


@pytest.mark.parametrize("name", [None, 5, ["law"]])
def test_a_preset_that_is_no_text_is_told_the_names(name):
    with pytest.raises(ConfigError, match="there are: law, chaos, saga, law16"):
        preset(name)


def test_every_setting_has_a_line_of_documentation():
    assert all(f.metadata["doc"] for f in dataclasses.fields(Config))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[" * 100_000, "the text is no config: it nests too deeply"),
        ("[1]", "the text is no config: it is a list, not an object"),
        ('{"gamma": 1, "gamma": 0}', "the text is no config: a name comes twice"),
        ('{"gamma": NaN}', "the text is no config: it holds NaN"),
        ('{"gamma": 1e999}', "gamma must be finite, not inf"),
        ('{"gamma": ' + "9" * 4000 + "}", "gamma must be finite, not inf"),
        ('{"horizon": ' + "9" * 4000 + "}", "horizon must be at most 100000, not 99"),
        ('{"horizon": ' + "[" * 500 + "]" * 500 + "}", r"horizon takes a whole number, not \[\["),
        ('{"' + "x" * 100_000 + '": 1}', "the config has no setting 'xxx"),
    ],
)
def test_an_absurd_text_is_refused_in_one_line(text, complaint):
    with pytest.raises(ConfigError, match=complaint) as error:
        Config.from_json(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("values", [None, 3, [], "horizon", [("horizon", 3)]])
def test_a_config_is_made_of_a_dict(values):
    with pytest.raises(ConfigError, match="a config is an object of settings by name, not "):
        Config.from_dict(values)


@pytest.mark.parametrize("name", ["quests.csv", "no.json", "/dev/stdin", "Standard"])
def test_a_config_that_is_read_opens_no_file(tmp_path, monkeypatch, name):
    path = str(tmp_path / name)
    if name == "quests.csv":
        Path(path).write_text("does,number\neat,3\n")
        assert Config(quests=path).quests == Config().with_texts({"quests": path}).quests != path
    monkeypatch.setattr(files, "read", None)
    for read in (Config.from_dict, lambda values: Config.from_json(json.dumps(values))):
        with pytest.raises(ConfigError, match="quests: a config that is read names no file, but"):
            read({"quests": path})


@pytest.mark.parametrize("quests", ["", "standard", ' [{"does": "eat", "number": 3}]'])
def test_a_config_that_is_read_has_its_quests(quests):
    assert Config.from_dict({"quests": quests}) == Config(quests=quests)


def test_a_config_that_is_read_has_a_text_of_quests():
    with pytest.raises(ConfigError, match="quests takes a text, not 3"):
        Config.from_dict({"quests": 3})


def test_a_number_of_thousands_of_digits_is_named_by_its_kind():
    with pytest.raises(
        ConfigError, match="horizon must be at most 100000, not a value of type int"
    ):
        Config(horizon=10**5000)


def test_settings_of_earlier_versions_are_read():
    config = Config.from_dict({"updates_per_rollout": 3})
    assert (config.passes, config.minibatches) == (3, 1)


def test_who_uses_a_setting_of_an_earlier_version_is_told_what_took_its_place():
    with pytest.raises(ConfigError, match="passes=8 with minibatches=1 does what"):
        Config(updates_per_rollout=8)
    with pytest.raises(ConfigError, match="passes and minibatches took its place"):
        Config().with_texts({"updates_per_rollout": "8"})


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("frozen", [1, 2], "1,2"),
        ("frozen", (np.int64(1),), "1"),
        ("frozen", {3, 1}, "1,3"),
        ("frozen", np.arange(2), "0,1"),
        ("frozen", 1, "1"),
        ("frozen", np.int64(1), "1"),
        ("frozen", [], ""),
        ("frozen", None, ""),
        ("scripts", {1: "greedy", 2: "careful"}, "1=greedy,2=careful"),
        ("scripts", {}, ""),
        ("scripts", None, ""),
        ("quests", None, ""),
    ],
)
def test_texts_may_be_given_as_what_they_stand_for(name, value, kept):
    assert getattr(Law(populations=4, **{name: value}), name) == kept
    assert getattr(Law(populations=4).replace(**{name: value}), name) == kept


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"frozen": [1, "x"]}, "frozen lists populations by number .*, not 'x'"),
        ({"frozen": [True]}, "frozen lists populations by number .*, not 'True'"),
        ({"frozen": [7]}, "frozen names population 7: populations are numbered 0 … 3"),
        ({"frozen": True}, "frozen takes a text, not True"),
        ({"frozen": 1.0}, "frozen takes a text, not 1.0"),
        ({"scripts": {1: "gredy"}}, "population 1 is to be played by 'gredy'; there are random"),
        ({"scripts": {"a": "greedy"}}, "scripts lists populations by number"),
        ({"scripts": {1: print}}, "played by a function: give the name .* go into Sword.cast"),
        ({"scripts": ["greedy"]}, r"scripts takes a text, not \['greedy'\]"),
    ],
)
def test_lists_of_other_things_are_refused(values, said):
    with pytest.raises(ConfigError, match=said):
        Law(populations=4, **values)
