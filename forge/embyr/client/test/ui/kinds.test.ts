import assert from "node:assert/strict";
import { test } from "node:test";
import type { Setup } from "../../src/net/types";
import { Choice, EVENT_KINDS, GROUPS, isIn, kindsByCode, kindsOf } from "../../src/ui/kinds";

const LAW = { combat: false, happenings: ["", "eat", "drink", ""] } as unknown as Setup;
const SAGA = {
  combat: true,
  npcs: {},
  quests: [],
  happenings: ["", "eat", "drink", "shoot", "level_up", "loot", "harvest", "equip", "take_off"],
} as unknown as Setup;

function shown(choice: Choice) {
  return EVENT_KINDS.filter(name => choice.has(name));
}

test("what is frequent is not told until somebody asks for it", () => {
  const usual = shown(new Choice());
  for (const name of ["eat", "drink", "hit", "shot", "equip", "offer"] as const) {
    assert.ok(!usual.includes(name), name);
  }
  for (const name of ["kill", "quest", "level", "sale", "loot"] as const) {
    assert.ok(usual.includes(name), name);
  }
});

test("every kind is in one group", () => {
  assert.deepEqual(GROUPS.flatMap(group => kindsOf(group)).sort(), [...EVENT_KINDS].sort());
});

test("a world offers the kinds of events that it has", () => {
  assert.deepEqual(
    EVENT_KINDS.filter(name => isIn(LAW, name)),
    ["birth", "death", "record", "eat", "drink"],
  );
  for (const name of ["hunt", "quest", "level", "undress"] as const) assert.ok(isIn(SAGA, name));
  for (const name of ["sale", "gift", "gold"] as const) assert.ok(!isIn(SAGA, name));
  assert.deepEqual(kindsByCode(LAW), [undefined, "eat", "drink", undefined]);
  assert.deepEqual(kindsByCode(SAGA).slice(3, 6), ["shot", "level", "loot"]);
});

test("a group is left out at a click, and its usual kinds are back at the next", () => {
  const choice = new Choice();
  choice.begin(SAGA);
  assert.deepEqual([choice.shows("Life"), choice.shows("Growth")], ["some", "all"]);
  choice.toggleGroup("Life");
  assert.equal(choice.shows("Life"), "none");
  choice.toggleGroup("Life");
  assert.deepEqual(
    kindsOf("Life").filter(name => choice.has(name)),
    ["death", "record"],
  );
});

test("a group of which nothing is usual is shown as a whole", () => {
  const choice = new Choice();
  choice.begin({ ...SAGA, happenings: ["", "offer", "find_gold"] });
  assert.equal(choice.shows("Market"), "none");
  choice.toggleGroup("Market");
  assert.equal(choice.shows("Market"), "all");
});

test("a group that the world has nothing of is not offered", () => {
  const choice = new Choice();
  choice.begin(LAW);
  assert.deepEqual(
    GROUPS.map(group => choice.shows(group)),
    ["some", null, null, null, null],
  );
});

test("a kind is shown alone, and the usual ones are back after that", () => {
  const choice = new Choice();
  choice.begin(SAGA);
  const usual = shown(choice);
  choice.solo("drink");
  assert.deepEqual(shown(choice), ["drink"]);
  choice.solo("drink");
  assert.deepEqual(shown(choice), usual);
  choice.all();
  assert.deepEqual(shown(choice), EVENT_KINDS);
  choice.toggle("eat");
  assert.ok(!choice.has("eat"));
});
