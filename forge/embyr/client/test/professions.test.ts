import assert from "node:assert/strict";
import { test } from "node:test";
import { CRYSTAL, drawnKinds, FISH, HERB, OCEAN, ORE, OTHER, SLAG, WATERS } from "../src/net/tiles";
import type { Setup } from "../src/net/types";
import { RESOURCES } from "../src/scene/resources";
import { TILES } from "../src/ui/colours";
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
