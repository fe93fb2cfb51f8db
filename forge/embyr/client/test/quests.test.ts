import assert from "node:assert/strict";
import { test } from "node:test";
import type { Agents, Quests, Setup, Tick } from "../src/net/types";
import { Chronicle } from "../src/ui/chronicle";
import { measuresIn } from "../src/ui/lives";
import { counted, done, errand, fulfilled } from "../src/ui/quests";
import { Tally } from "../src/ui/tally";

const QUESTS = [
  { name: "drink 4 ×", about: "drank", first: 0, goal: 4 },
  { name: "melee level 3", about: "level of a skill", first: 1, goal: 2 },
];
const SETUP = {
  side: 4,
  tiles: new Uint8Array(16),
  populations: [{ name: "A" }, { name: "B" }],
  causeNames: [],
  happenings: [],
  quests: QUESTS,
} as unknown as Setup;

/** Quests of agents, given as [number, progress]. */
function quests(rows: number[][]): Quests {
  return {
    number: Uint8Array.from(rows, ([number]) => number),
    progress: Int32Array.from(rows, ([, progress]) => progress),
  };
}

const SOME = quests([
  [1, 3],
  [2, 1],
  [2, 2],
  [0, 0],
]);

test("progress is a share of the goal, and nothing where there is no quest", () => {
  const shares = [0, 1, 2, 3].map(k => done(QUESTS, SOME, k));
  assert.deepEqual(shares, [0.75, 0.5, 1, Number.NaN]);
  assert.deepEqual(
    [1, 2, 3].map(k => fulfilled(QUESTS, SOME, k)),
    [false, true, false],
  );
  assert.ok(Number.isNaN(done(undefined, undefined, 0)));
});

test("a level that is to be reached is counted with the one that all are born with", () => {
  assert.deepEqual(
    [0, 1, 3].map(k => counted(QUESTS, SOME, k)),
    ["3 / 4", "2 / 3", ""],
  );
});

test("a quest is said in words", () => {
  assert.deepEqual(
    [0, 2, 3].map(k => errand(SETUP, SOME, k)),
    ["drink 4 ×: 3 / 4", "melee level 3: fulfilled", ""],
  );
});

test("a population's progress is the mean of its living, in per cent", () => {
  const zeros = new Int16Array(3);
  const agents = {
    n: 3,
    id: Int32Array.of(1, 2, 3),
    population: Uint16Array.of(0, 0, 0),
    row: zeros,
    col: zeros,
    quests: SOME,
  } as unknown as Agents;
  const tick: Tick = {
    tick: 1,
    agents,
    tiles: [],
    attacks: [],
    births: [],
    deaths: [],
    happened: [],
  };
  const tally = new Tally(SETUP);
  tally.add(tick, new Chronicle(SETUP).add(tick));
  assert.deepEqual(
    tally.lines.map(({ quest }) => quest),
    [75, Number.NaN],
  );
});

test("lives can be coloured by quest where there are quests", () => {
  assert.ok(measuresIn(SETUP).includes("quest"));
  const { quests: _, ...without } = SETUP;
  assert.ok(!measuresIn(without).includes("quest"));
});
