import assert from "node:assert/strict";
import { test } from "node:test";
import { CRYSTAL, drawnKinds, FISH, HERB, OCEAN, ORE, OTHER, SLAG, WATERS } from "../src/net/tiles";
import type { Agents, Setup, Tick } from "../src/net/types";
import { RESOURCES } from "../src/scene/resources";
import { Chronicle } from "../src/ui/chronicle";
import { TILES } from "../src/ui/colours";
import { sentence } from "../src/ui/feed";
import { countResources } from "../src/ui/resources";

const item = (name: string) => ({ name, slot: 0, skill: -1, style: -1, offence: [], defence: [] });
const SETUP = {
  side: 4,
  tiles: new Uint8Array(16),
  populations: [{ name: "A", color: "#e69f00" }],
  styleNames: ["melee"],
  causeNames: ["alive"],
  items: {
    places: 2,
    slots: ["nowhere"],
    kinds: ["nothing", "whetstone", "wand", "potion"].map(item),
  },
  professions: {
    resources: [
      { tile: "ore", spent: "slag", skill: 0, gives: 1, rare: 2 },
      { tile: "herb", spent: "weeds", skill: 0, gives: 3, rare: 0 },
    ],
  },
} as unknown as Setup;

/** One agent that has harvested so often, and carries these kinds. */
function tick(number: number, ore: number, herbs: number, kinds: number[]): Tick {
  const zeros = new Int16Array(1);
  const agents = {
    n: 1,
    id: Int32Array.from([7]),
    population: new Uint16Array(1),
    row: zeros,
    col: zeros,
    age: new Int32Array(1),
    gathered: [Int32Array.from([ore]), Int32Array.from([herbs])],
    bags: {
      kind: Uint8Array.from([...kinds, 0, 0].slice(0, 2)),
      level: Uint8Array.from([1, 1]),
      quantity: Uint8Array.from([1, 1]),
      worn: new Uint8Array(2),
      gained: new Int32Array(1),
      used: new Int32Array(1),
      destroyed: new Int32Array(1),
    },
  } as unknown as Agents;
  return { tick: number, agents, tiles: [], attacks: [], births: [], deaths: [] };
}

function told(...ticks: Tick[]): string[] {
  const chronicle = new Chronicle(SETUP);
  const events = ticks.flatMap(each => chronicle.add(each).events);
  return events.filter(({ kind }) => kind === "harvest").map(event => sentence(event, SETUP));
}

test("harvests are told, with what is found besides", () => {
  assert.deepEqual(told(tick(1, 2, 0, []), tick(2, 3, 0, [1]), tick(3, 4, 1, [1, 2])), [
    "7 harvests ore",
    "7 harvests ore, and finds a wand",
    "7 harvests a herb",
  ]);
});

test("who harvests nothing is not told of", () => {
  assert.deepEqual(told(tick(1, 2, 1, []), tick(2, 2, 1, [2])), []);
});

test("all kinds of resources are known, and have a colour of their own", () => {
  const names = [
    "ore",
    "slag",
    "tree",
    "stump",
    "crystal",
    "fragment",
    "herb",
    "weeds",
    "fish",
    "ocean",
  ];
  const kinds = [...drawnKinds(names).subarray(0, 10)];
  assert.deepEqual(kinds, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  assert.equal(TILES.length, OTHER + 1);
  assert.equal(new Set(TILES).size, TILES.length);
  assert.deepEqual(WATERS.slice(1), [FISH, OCEAN]);
});

test("resources are counted, and what is left of them", () => {
  const tiles = Uint8Array.from([ORE, ORE, SLAG, HERB, CRYSTAL]);
  const counts = countResources(SETUP.professions as NonNullable<Setup["professions"]>, tiles);
  assert.deepEqual(counts, [
    { whole: 2, spent: 1 },
    { whole: 1, spent: 0 },
  ]);
});

test("each kind but the ocean has a shape, whose faces are whole", () => {
  const kinds = Object.values(RESOURCES).map(({ kind }) => kind);
  assert.deepEqual(
    kinds,
    Array.from({ length: 9 }, (_, k) => ORE + k),
  );
  for (const { shape, kind, other } of Object.values(RESOURCES)) {
    for (const plain of [true, false]) {
      const geometry = shape(plain);
      const corners = geometry.getAttribute("position").array;
      assert.ok(corners.every(Number.isFinite));
      assert.equal((geometry.getIndex()?.count ?? 0) % 3, 0);
    }
    assert.notEqual(kind, other);
  }
});
