"""Describe quests in a few words, for people."""

from collections.abc import Mapping
from typing import Any

_UNCOUNTED = ("ammunition", "gloves")
_TIMES = {1: "once", 2: "twice"}
_PHRASES = {
    "eat": "eat {times}",
    "drink": "drink {times}",
    "hit": "hit {who}{level}{style}, {times}",
    "kill": "slay {who}{level}{style}, {times}",
    "die": "die{cause}",
    "level_up": "gain a level{rising} in {skill}, {times}",
    "shoot": "shoot {item}{level}, {times}",
    "loot": "loot {item}{level} from {who}, {times}",
    "consume": "consume {item}{level}, {times}",
    "destroy": "destroy {item}{level}, {times}",
    "harvest": "harvest {item}{level}, {times}",
    "find_gold": "take the gold of {who}, {times}",
    "offer": "offer {item}{level}, {times}",
    "buy": "buy {item}{level}, {times}",
    "sell": "sell {item}{level}, {times}",
    "give": "give {item}{level} away, {times}",
    "give_gold": "give gold away, {times}",
    "level": "reach level {n} in {skill}",
    "gold": "have {n} gold",
    "earned": "earn {n} gold",
    "spent": "spend {n} gold",
    "distance": "go {n} tiles from home",
    "tiles": "visit {n} tiles",
    "equipment": "wear {n} levels in all",
    "owned": "carry {n} {items}{level}",
    "lifetime": "live {n} ticks",
    "worn": "wear {n} {items}{level}",
}


def described(row: Mapping[str, Any]) -> str:
    """Describe a quest in a few words: "hit a hostile NPC of level 3 or more, 10 times"."""
    kind, other, number = row.get("kind", ""), row.get("other"), row["number"]
    named = kind or ("ammunition" if row["does"] == "shoot" else "item")
    words = {
        "n": number,
        "times": _TIMES.get(number, f"{number} times"),
        "item": named if named in _UNCOUNTED else _with_article(named),
        "items": named if number == 1 or named.endswith("s") else f"{named}s",
        "style": f" with {kind}" if kind else "",
        "cause": f" ({kind})" if kind else "",
        "skill": kind or "any skill",
        "rising": f" ({row['level']} or higher)" if "level" in row else "",
        "who": _with_article(other if other == "agent" else f"{other} NPC")
        if other
        else "somebody",
        "level": f" of level {row['level']} or more" if "level" in row else "",
    }
    return _PHRASES[row["does"]].format(**words)


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
