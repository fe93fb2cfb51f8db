"""Whatever a stranger puts into a config, it is read as one or refused with one line.

How many are tried: see tests/mutations.py.
"""

import json

from forge.blade.needs import state_bytes
from forge.config import Config, ConfigError
from tests.mutations import NUMBER, mutated_json, seeds


def one_line(text):
    """Count 1 if an error can be read."""
    assert "\n" not in text
    assert len(text) < 600
    return 1


def read_or_refused(settings):
    """Count 1 if settings are refused; what is read says what it says, and can be counted."""
    try:
        config = Config.from_dict(settings)
    except ConfigError as error:
        return one_line(str(error))
    assert Config.from_dict(json.loads(json.dumps(config.as_dict()))) == config
    assert state_bytes(config, 1) > 0
    return 0


def test_mutated_settings_are_read_or_refused():
    settings = json.loads(json.dumps(Config().as_dict()))
    refused = sum(read_or_refused(mutated_json(settings, rng)) for rng in seeds())
    assert NUMBER // 2 < refused <= NUMBER
