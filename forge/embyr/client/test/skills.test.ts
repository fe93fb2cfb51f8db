import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../src/net/history";
import { levelOf, progress, skillsOf } from "../src/net/skills";
import type { Setup, Skills, Tick } from "../src/net/types";
import { Crowd } from "../src/scene/crowd";
import { TALL } from "../src/scene/figure";
import { Chronicle } from "../src/ui/chronicle";
import { gather, measuresIn } from "../src/ui/lives";
import { described, levelled, standing } from "../src/ui/skills";
import { Tally } from "../src/ui/tally";

const SKILLS = { names: ["melee", "mage", "carving"], reached: [0, 90, 217, 373] };
const SETUP = {
  side: 10,
  tiles: new Uint8Array(100),
  populations: [
    { name: "A", color: "#e69f00" },
    { name: "B", color: "#56b4e9" },
  ],
  styleNames: ["melee", "mage"],
  causeNames: ["alive", "lava", "starved", "dehydrated", "slain"],
  skills: SKILLS,
  happenings: [],
} as unknown as Setup;

/** What agents know: [melee, mage, carving, in combat] each. */
function known(rows: number[][]): Skills {
  const names = [...SKILLS.names, "in_combat"];
  const column = (name: string) => Float64Array.from(rows, row => row[names.indexOf(name)] ?? 0);
  return skillsOf(SKILLS, SETUP.styleNames.length, column);
}

/** A tick with agents of the ids, one in two of population 0, who know so much; null: no skills. */
function tick(number: number, ids: number[], rows: number[][] | null): Tick {
  const n = ids.length;
  const zeros = new Int16Array(n);
  const agents = {
    n,
    id: Int32Array.from(ids),
    population: Uint16Array.from(ids, id => id % 2),
    slot: new Uint16Array(n),
    row: new Int16Array(n).fill(4),
    col: new Int16Array(n).fill(5),
    age: new Int32Array(n).fill(20),
    health: zeros,
    food: zeros,
    water: zeros,
    freeze: zeros,
    damage: zeros,
    immune: new Uint8Array(n),
  };
  const all = rows === null ? agents : { ...agents, skills: known(rows) };
  return {
    tick: number,
    agents: all,
    tiles: [],
    attacks: [],
    births: [],
    deaths: [],
    happened: [],
  };
}

test("a level is reached with its experience and not before", () => {
  const levels = [0, 89, 90, 216, 217, 372, 373, 9999].map(gained =>
    levelOf(SKILLS.reached, gained),
  );
  assert.deepEqual(levels, [1, 1, 2, 2, 3, 3, 4, 4]);
});

test("progress is the share of the way from one level to the next", () => {
  const shares = [0, 45, 90, 295, 373, 9999].map(gained => progress(SKILLS.reached, gained));
  assert.deepEqual(shares, [0, 0.5, 0, 0.5, 1, 1]);
});

test("an agent's level is its highest, and its combat level that of the styles", () => {
  const skills = known([
    [90, 0, 300, 1],
    [0, 373, 0, 0],
  ]);
  assert.deepEqual(
    skills.level.map(levels => [...levels]),
    [
      [2, 1],
      [1, 4],
      [3, 1],
    ],
  );
  assert.deepEqual(
    [[...skills.best], [...skills.combat]],
    [
      [3, 4],
      [2, 4],
    ],
  );
  assert.deepEqual([...skills.inCombat], [1, 0]);
});

test("skills are said in words", () => {
  const skills = known([[90, 0, 300, 1], [0, 373, 0, 0], []]);
  const told = [0, 1, 2].map(k => standing(SKILLS, skills, k));
  assert.deepEqual(told, [
    "Level 3 · melee 2 · carving 3 · in combat",
    "Level 4 · mage 4",
    "Level 1",
  ]);
  assert.equal(
    described(SKILLS, skills, 2, 0),
    "carving: level 3, 300 experience, 73 more to level 4",
  );
  assert.equal(described(SKILLS, skills, 1, 1), "mage: level 4, 373 experience");
  assert.deepEqual([levelled(skills, 1), levelled(undefined, 1)], ["level 4", ""]);
});

test("a population's level is the mean of its living, NaN where nobody lives", () => {
  const tally = new Tally(SETUP);
  const now = tick(
    2,
    [2, 4, 6],
    [
      [90, 0, 0],
      [0, 373, 0],
      [0, 0, 373],
    ],
  );
  tally.add(now, new Chronicle(SETUP).add(now));
  assert.deepEqual([tally.lines[0].level, tally.lines[1].level], [(2 + 4 + 1) / 3, Number.NaN]);
});

test("lives can be coloured by level where there are skills", () => {
  const history = new Kept();
  for (const [k, gained] of [0, 90, 373].entries()) history.add(tick(k, [2], [[gained, 0, 0]]));
  const everybody = { population: -1, order: "youngest", most: 9 } as const;
  assert.deepEqual([...gather(history, 2, 9, everybody, "level").values], [1, 2, 4]);
  assert.ok(measuresIn(SETUP).includes("level"));
  const { skills: _, ...without } = SETUP;
  assert.ok(!measuresIn(without).includes("level"));
});

test("agents of a higher level are larger, and those of the first as large as without skills", () => {
  const limits = { side: 10, maxHealth: 10, maxFood: 9, maxWater: 9, colors: [[1, 0, 0]] as const };
  const drawn = [null, [[0, 0, 0]], [[0, 0, 373]]].map(rows => {
    const crowd = new Crowd(limits, 16);
    crowd.update(tick(1, [2], rows), 0, false);
    return [...crowd.now.form.slice(1, 3)];
  });
  assert.deepEqual(drawn[0], [1, Math.fround(TALL)]);
  assert.deepEqual(drawn[1], drawn[0]);
  assert.ok(drawn[2][0] > 1.1 && drawn[2][1] > drawn[0][1]);
});
