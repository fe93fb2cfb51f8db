import assert from "node:assert/strict";
import { test } from "node:test";
import { bagsOf, piecesOf, totals } from "../src/net/items";
import type { Agents, Bags, Death, ItemSetup, Setup, Sight, Tick } from "../src/net/types";
import { Crowd } from "../src/scene/crowd";
import { gear, metal } from "../src/scene/gear";
import { dealWith, obstacle } from "../src/ui/deals";
import { named, summed, told } from "../src/ui/items";

const kind = (
  name: string,
  slot: number,
  skill: number,
  style: number,
  adds: number,
  shields = 0,
) => ({
  name,
  slot,
  skill,
  style,
  offence: Array.from({ length: 11 }, (_, level) => (adds > 0 ? 5 + adds * level : 0)),
  defence: Array.from({ length: 11 }, (_, level) => shields * level),
});

const ITEMS: ItemSetup = {
  places: 3,
  slots: ["nowhere", "head", "hand", "quiver"],
  kinds: [
    kind("nothing", 0, -1, -1, 0),
    kind("hat", 1, -1, -1, 0, 3),
    kind("wand", 2, 1, 1, 5),
    kind("rune", 3, 1, 1, 10),
    kind("ration", 0, -1, -1, 0),
    kind("gloves", 2, 2, -1, 0, 2),
  ],
};
const [HAT, WAND, RUNE, RATION] = [1, 2, 3, 4];
const SETUP = {
  side: 10,
  tiles: new Uint8Array(100),
  populations: [{ name: "A", color: "#e69f00" }],
  styleNames: ["melee", "mage"],
  causeNames: ["alive", "lava", "starved", "dehydrated", "slain"],
  skills: { names: ["melee", "mage", "herbalism"], reached: [0, 90] },
  items: ITEMS,
} as unknown as Setup;

/** What one agent carries: [kind, level, quantity, worn] for each place; then its counters. */
type Carried = { places: number[][]; gained?: number; used?: number; destroyed?: number };

function bags(rows: Carried[]): Bags {
  return bagsOf(ITEMS, rows.length, name => {
    const [, column, place] = /^(\w+?)_(\d+)$/.exec(name) ?? [];
    const at = ["kind", "level", "quantity", "worn"].indexOf(column ?? "");
    return Float64Array.from(rows, row =>
      at < 0
        ? ((row[name as "gained"] as number | undefined) ?? 0)
        : (row.places[Number(place)]?.[at] ?? 0),
    );
  });
}

/** A tick with agents 0, 1, 2 … that carry something; null: there are no items. */
function tick(number: number, rows: Carried[] | null, deaths: Death[] = [], n = 1): Tick {
  const count = rows?.length ?? n;
  const zeros = new Int16Array(count);
  const agents: Agents = {
    n: count,
    id: Int32Array.from({ length: count }, (_, k) => k),
    population: new Uint16Array(count),
    slot: new Uint16Array(count),
    row: new Int16Array(count).fill(4),
    col: new Int16Array(count).fill(5),
    age: new Int32Array(count).fill(20),
    health: zeros,
    food: zeros,
    water: zeros,
    freeze: zeros,
    damage: zeros,
    immune: new Uint8Array(count),
    ...(rows === null ? {} : { bags: bags(rows) }),
  };
  return { tick: number, agents, tiles: [], attacks: [], births: [], deaths, happened: [] };
}

test("what worn items add is summed up, and what is only carried adds nothing", () => {
  const rows = [
    {
      places: [
        [HAT, 4, 1, 1],
        [WAND, 2, 1, 1],
        [RUNE, 3, 9, 0],
      ],
    },
    { places: [] },
  ];
  const all = bags(rows);
  const sums = [0, 1].map(k => totals(ITEMS, piecesOf(ITEMS, all, k), 2));
  assert.deepEqual(sums, [
    { offence: [0, 15], defence: 12 },
    { offence: [0, 0], defence: 0 },
  ]);
  assert.equal(summed(SETUP, piecesOf(ITEMS, all, 0)), "+15 mage offence · +12 defence");
  assert.equal(summed(SETUP, piecesOf(ITEMS, all, 1)), "");
});

test("items are said in words", () => {
  const rune = { kind: RUNE, level: 3, quantity: 12, worn: true };
  assert.equal(named(ITEMS, rune), "12 level-3 runes");
  assert.equal(
    told(SETUP, 1, rune),
    "place 2: 12 level-3 runes, worn · +35 mage offence · goes to: quiver · asks for mage level 3",
  );
  const ration = { kind: RATION, level: 1, quantity: 1, worn: false };
  assert.equal(told(SETUP, 0, ration), "place 1: level-1 ration · is consumed · asks for level 1");
  const nothing = { kind: 0, level: 0, quantity: 0, worn: false };
  assert.equal(told(SETUP, 2, nothing), "place 3: empty");
});

test("deals are numbered by place, and those that cannot be made say why", () => {
  assert.deepEqual([dealWith(3, 0, false), dealWith(3, 2, false), dealWith(3, 0, true)], [1, 3, 4]);
  const sight = { canDeal: [true, true, false] } as Sight;
  assert.deepEqual([obstacle(sight, 1, false), obstacle(undefined, 2, false)], ["", ""]);
  assert.equal(obstacle(sight, 2, false), "its level is too low");
  assert.equal(obstacle(sight, 2, true), "not in combat");
});

const LIMITS = { side: 10, maxHealth: 10, maxFood: 9, maxWater: 9, colors: [[1, 0, 0]] as const };

test("agents are drawn with what they wear, and so are the dead that fade", () => {
  const crowd = new Crowd({ ...LIMITS, items: ITEMS }, 16);
  const rows = [
    {
      places: [
        [WAND, 7, 1, 1],
        [HAT, 2, 1, 0],
        [RUNE, 1, 9, 1],
      ],
    },
  ];
  crowd.update(tick(1, rows), 0, false);
  assert.deepEqual([...crowd.now.worn.subarray(0, 6)], [0, 0, WAND, 7, RUNE, 1]);
  const death = { id: 0, cause: 1, killer: -1 };
  crowd.update(tick(2, [], [death]), 0.1, false);
  assert.equal(crowd.count, 1);
  assert.deepEqual([...crowd.now.worn.subarray(0, 6)], [0, 0, WAND, 7, RUNE, 1]);
});

test("where there are no items nothing is kept of them", () => {
  const crowd = new Crowd(LIMITS, 16);
  crowd.update(tick(1, null), 0, false);
  assert.deepEqual([crowd.slots, crowd.now.worn.length], [0, 0]);
});

test("what is worn has a shape, and a colour for each two levels", () => {
  const names = [
    "hat",
    "top",
    "bottom",
    "spear",
    "bow",
    "wand",
    "rod",
    "gloves",
    "pickaxe",
    "axe",
    "chisel",
    "whetstone",
    "arrow",
    "rune",
  ];
  for (const name of names) assert.ok((gear(name)?.getAttribute("position").count ?? 0) > 10, name);
  assert.deepEqual([gear("ration"), gear("nothing")], [null, null]);
  assert.deepEqual(
    [1, 2, 3, 10, 99].map(level => metal(level) === metal(2)),
    [true, true, false, false, false],
  );
  assert.equal(metal(10), metal(99));
});
