"""Write the pages of the documentation that are generated: ``python docs/build.py``."""

import argparse
import dataclasses
import inspect
import re
from pathlib import Path

from PIL import Image

from forge.blade import Chaos, Config, Law, Realm, Saga, Tile
from forge.blade.added import OF_LIVES
from forge.blade.features import FEATURES, of
from forge.blade.happenings import FACTS
from forge.blade.observation import CHOICES
from forge.blade.questtasks import TASKS, about
from forge.blade.records import (
    AGENT_COLUMNS,
    BAG_COLUMNS,
    EVENT_COLUMNS,
    HAPPENING_COLUMNS,
    LEDGER_COLUMNS,
    LIFE_COLUMNS,
    NPC_COLUMNS,
    OFFER_COLUMNS,
    PURSE_COLUMNS,
    QUEST_COLUMNS,
    SKILL_COLUMNS,
    Column,
)
from forge.blade.scripted import greedy
from forge.embyr import picture

HERE = Path(__file__).resolve().parent

INTRODUCTION = """\
# Settings

Every field of `forge.Config`, generated from its source by `python docs/build.py`. Set one on the
command line with `-s name=value`, or in a subclass:

```python
from forge import Law


class Small(Law):
    \"\"\"A small world with plenty of food.\"\"\"

    map_size = 48
    harvest = 8
```

Presets: `law`, `chaos` and `saga`, and with a number of agents `law16`, `law32`, `law64`,
`law128`, `chaos16` … `chaos128`, `saga16` … `saga128`, `saga1024`: one population per 16 agents,
and in `saga` as many NPCs as agents. Without a number there are eight populations, also where you
change `max_agents`; each has a network of its own. Some of their defaults differ from the tables:

* `law`: {law}
* `chaos`: {chaos}
* `saga`: {saga}

A name that does not exist and a value that cannot be are errors, which say what to write instead.
To refuse settings of yours that contradict each other, override `check_together`: call
`super().check_together()`, then raise a `ConfigError`.
*v1.0* is the setting's name in Neural MMO v1.0, where it had one.
"""


def config_page() -> str:
    """Build docs/config.md from the config's fields and the section comments in their sources."""
    known = {field.name: field for field in dataclasses.fields(Config)}
    introduction = INTRODUCTION
    for kind in (Law, Chaos, Saga):
        introduction = introduction.replace(f"{{{kind.__name__.lower()}}}", _own(kind))
    parts = [introduction]
    sources = map(inspect.getsource, reversed(Config.__bases__))
    for line in "".join(sources).splitlines():
        if section := re.match(r"    # -- (\w[\w ]*?) -+$", line):
            parts.append(
                f"\n## {section[1]}\n\n"
                "| name | default | unit | range | meaning | v1.0 |\n|---|---|---|---|---|---|\n"
            )
        elif (name := re.match(r"    (\w+): \w+ = setting\(", line)) and name[1] in known:
            parts.append(_row(known[name[1]]))
    return "".join(parts)


def _own(kind: type[Config]) -> str:
    """List the settings whose defaults in a subclass are its own."""
    own = [
        f"`{field.name}` = `{_text(field.default)}`"
        for field, of_all in zip(dataclasses.fields(kind), dataclasses.fields(Config), strict=True)
        if field.default != of_all.default
    ]
    return ", ".join(own)


def _text(value: object) -> str:
    """Write a value as in settings."""
    return str(value).lower() if isinstance(value, bool) else str(value) or '""'


def _row(field: "dataclasses.Field[object]") -> str:
    about = field.metadata
    low, high = about["low"], about["high"]
    if about["choices"]:
        span = ", ".join(f"`{choice}`" for choice in about["choices"])
    elif isinstance(field.default, bool):
        span = "`true`, `false`"
    elif low is None and high is None:
        span = ""
    elif high is None:
        span = f"≥ {low}"
    else:
        span = f"{low} … {_power(high)}"
    v1 = f"`{about['v1']}`" if about["v1"] else ""
    default = _text(field.default)
    return f"| `{field.name}` | `{default}` | {about['unit']} | {span} | {about['doc']} | {v1} |\n"


def _power(high: float) -> str:
    """Write large bounds as powers of two."""
    exponent = int(high).bit_length()
    for less, text in ((1, " − 1"), (0, "")):
        if high >= 2**20 and high + less == 2 ** (exponent - 1 + less):
            return f"2^{exponent - 1 + less}{text}"
    return str(high)


def filled(page: str) -> str:
    """Write the tables of a page anew: each stands between ``<!-- name -->`` and ``<!-- / -->``."""
    for name, table in TABLES.items():
        start, end = f"<!-- {name} -->\n", "<!-- / -->"
        if start in page:
            before, _, rest = page.partition(start)
            page = f"{before}{start}{table()}{end}{rest.partition(end)[2]}"
    return page


def _table(*rows: tuple[object, ...]) -> str:
    """Write a table whose first row is its head."""
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:], ""])


def _tiles() -> str:
    return _table(
        ("number", "tile", "walkable", "what it does", "only with"),
        *(
            (
                tile.value,
                tile.name.lower(),
                "yes" if tile.walkable else "no",
                tile.effect,
                tile.system and f"`{tile.system}`",
            )
            for tile in Tile
        ),
    )


def _features() -> str:
    """Write each feature with the numbers of the default config."""
    config, rows = Config(), []
    for number, feature in enumerate(FEATURES):
        centre, scale = of(feature.centre, config), of(feature.scale, config)
        value = f"({feature.column} − {centre:g})" if feature.column else feature.name
        value = f"{value} / {scale:g}" if scale != 1 else "± 0.5"
        rows.append((f"{number} {feature.name}", value, feature.doc))
    return _table(("column", "value", "of"), *rows)


def _columns(head: str, columns: tuple[Column, ...], meaning: str = "") -> str:
    return _table((head, meaning), *((f"`{column.name}`", column.doc) for column in columns))


def _tasks() -> str:
    """Write what quests can ask for: what can happen, then the quantities."""
    rows = []
    for name, task in TASKS.items():
        facts = about(task)
        kinds = ", ".join(facts.numbered) if len(facts.numbered) < 9 else "an item"
        more = ["level"] * facts.levelled + ["other"] * facts.with_other
        rows.append((f"`{name}`", kinds, ", ".join(more), facts.doc))
    return _table(("does", "kind", "may ask for", "meaning"), *rows)


def _choices() -> str:
    rows = []
    for name, it in CHOICES.items():
        numbers = f"{it.least} … {it.size - 1}".replace("-", "−") if it.size else "−1 … rows − 1"
        rows.append((f"`{name}`", numbers, it.doc, it.system and f"`{it.system}`"))
    return _table(("`actions`", "numbers", "meaning", "only with"), *rows)


def _lives_of_systems() -> str:
    rows = [
        (f"`{column.name}`", f"`{it.system}`", column.doc)
        for it in OF_LIVES.values()
        for column in it.life
    ]
    return _table(("column", "only with", "meaning"), *rows)


def _happenings() -> str:
    rows = [
        (
            code.value,
            f"`{code.name.lower()}`",
            about.kinds.__name__.lower() if about.kinds else "",
            about.system and f"`{about.system}`",
            about.doc,
        )
        for code, about in FACTS.items()
    ]
    return _table(("code", "name", "kind", "only with", "the agent …"), *rows)


TABLES = {
    "happened": lambda: _columns("row", HAPPENING_COLUMNS),
    "happenings": _happenings,
    "tiles": _tiles,
    "features": _features,
    "agent": lambda: _columns("`obs.ent`", AGENT_COLUMNS),
    "npc": lambda: _columns("`state.npcs`", NPC_COLUMNS),
    "skills": lambda: _columns("`state.skills`", SKILL_COLUMNS),
    "bags": lambda: _columns("`state.bags`", BAG_COLUMNS),
    "ledger": lambda: _columns("`state.ledger`", LEDGER_COLUMNS),
    "purses": lambda: _columns("`state.purses`", PURSE_COLUMNS),
    "offers": lambda: _columns("`state.offers`", OFFER_COLUMNS),
    "quests": lambda: _columns("`state.quests`", QUEST_COLUMNS),
    "tasks": _tasks,
    "actions": _choices,
    "events": lambda: _columns("`events`", EVENT_COLUMNS),
    "lives": lambda: _columns("column", LIFE_COLUMNS, "meaning"),
    "lives of systems": _lives_of_systems,
}
FILLED = ("world.md", "saga.md", "api.md", "runs.md")  # the pages with such tables


def world_picture() -> bytes:
    """Draw eight populations of greedy agents in Chaos, as a PNG."""
    realm = Realm(Chaos(births=2), seed=4)
    for _ in range(200):
        realm.step(greedy(realm.observation))
    drawn = picture.draw(realm.state.tiles[0], realm.observation.ent, scale=10)
    world = drawn.crop((60, 60, 740, 740))  # three tiles of lava are enough
    # A palette of 256 colours looks the same and takes a quarter of the space.
    return picture.png(world.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=4))


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    (HERE / "config.md").write_text(config_page(), encoding="utf-8")
    for name in FILLED:
        page = (HERE / name).read_text(encoding="utf-8")
        (HERE / name).write_text(filled(page), encoding="utf-8")
    (HERE / "world.png").write_bytes(world_picture())
