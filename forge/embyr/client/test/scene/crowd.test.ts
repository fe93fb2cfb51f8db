import assert from "node:assert/strict";
import { test } from "node:test";
import type { Agents, Tick } from "../../src/net/types";
import { ALIVE, Crowd, DEAD, FADE, nearestTurn } from "../../src/scene/crowd";

const LIMITS = {
  side: 10,
  maxHealth: 10,
  maxFood: 32,
  maxWater: 32,
  colors: [
    [1, 0, 0],
    [0, 1, 0],
  ] as const,
};

/** Agents given as [id, row, col, population]. */
function agents(rows: number[][]): Agents {
  const column = (k: number) => rows.map(row => row[k] ?? 0);
  const n = rows.length;
  const zeros = new Int16Array(n);
  return {
    n,
    id: Int32Array.from(column(0)),
    population: Uint16Array.from(column(3)),
    slot: new Uint16Array(n),
    row: Int16Array.from(column(1)),
    col: Int16Array.from(column(2)),
    age: new Int32Array(n),
    health: new Int16Array(n).fill(5),
    food: zeros,
    water: zeros,
    freeze: zeros,
    damage: zeros,
    immune: new Uint8Array(n),
  };
}

function tick(number: number, rows: number[][], more: Partial<Tick> = {}): Tick {
  const nothing = { tiles: [], attacks: [], births: [], deaths: [], happened: [] };
  return { tick: number, agents: agents(rows), ...nothing, ...more };
}

test("an agent walks from its last tile to its new one", () => {
  const crowd = new Crowd(LIMITS, 8);
  crowd.update(tick(1, [[7, 4, 4]]), 0, false);
  crowd.update(tick(2, [[7, 4, 5]]), 1, false);
  assert.equal(crowd.x(0, 0), -0.5);
  assert.equal(crowd.x(0, 0.5), 0);
  assert.equal(crowd.x(0, 1), 0.5);
  assert.equal(crowd.z(0, 0.5), -0.5);
});

test("a walker faces where it goes", () => {
  const crowd = new Crowd(LIMITS, 8);
  crowd.update(tick(1, [[7, 4, 4]]), 0, false);
  crowd.update(tick(2, [[7, 4, 5]]), 1, false);
  assert.ok(Math.abs(Math.sin(crowd.now.turn[1]) - 1) < 1e-6); // east
  assert.equal(crowd.now.turn[2], 1);
});

test("after a jump nobody walks", () => {
  const crowd = new Crowd(LIMITS, 8);
  crowd.update(tick(1, [[7, 4, 4]]), 0, false);
  crowd.update(tick(90, [[7, 9, 9]]), 1, true);
  assert.equal(crowd.x(0, 0), crowd.x(0, 1));
});

test("those on one tile stand apart", () => {
  const crowd = new Crowd(LIMITS, 8);
  crowd.update(
    tick(1, [
      [1, 4, 4],
      [2, 4, 4],
    ]),
    0,
    false,
  );
  assert.notEqual(crowd.x(0, 1), crowd.x(1, 1));
});

test("the dead are drawn until they have faded", () => {
  const crowd = new Crowd(LIMITS, 8);
  crowd.update(
    tick(1, [
      [1, 4, 4],
      [2, 4, 5],
    ]),
    0,
    false,
  );
  const died = { deaths: [{ id: 1, cause: 0, killer: -1 }] };
  crowd.update(tick(2, [[2, 4, 5]], died), 1, false);
  assert.deepEqual([crowd.living, crowd.count], [1, 2]);
  assert.deepEqual([crowd.now.tint[3], crowd.now.tint[7]], [ALIVE, DEAD]);
  crowd.update(tick(3, [[2, 4, 5]]), 1 + FADE / 2, false);
  assert.equal(crowd.count, 2);
  crowd.update(tick(4, [[2, 4, 5]]), 1 + FADE + 0.1, false);
  assert.equal(crowd.count, 1);
});

test("populations can be left out", () => {
  const crowd = new Crowd(LIMITS, 8);
  crowd.hidden = new Set([0]);
  crowd.update(
    tick(1, [
      [1, 4, 4, 0],
      [2, 4, 5, 1],
    ]),
    0,
    false,
  );
  assert.equal(crowd.living, 1);
  assert.deepEqual([crowd.indexOf(1), crowd.indexOf(2)], [-1, 0]);
});

test("an attacker turns to whom it strikes", () => {
  const crowd = new Crowd(LIMITS, 8);
  const attacks = [{ from: 1, to: 2, style: 0, damage: 10 }];
  const rows = [
    [1, 4, 4],
    [2, 5, 4],
  ];
  crowd.update(tick(1, rows, { attacks }), 0, false);
  assert.ok(Math.abs(Math.cos(crowd.now.turn[1]) - 1) < 1e-6); // south
});

test("no more are drawn than there is room for", () => {
  const crowd = new Crowd(LIMITS, 2);
  crowd.update(
    tick(1, [
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ]),
    0,
    false,
  );
  assert.equal(crowd.count, 2);
});

test("turns take the short way", () => {
  assert.ok(Math.abs(nearestTurn(3, -3) - (2 * Math.PI - 3)) < 1e-9);
  assert.ok(Math.abs(nearestTurn(-3, 3) - (3 - 2 * Math.PI)) < 1e-9);
  assert.equal(nearestTurn(1, 1.5), 1.5);
});

test("the square that is seen lies around the middle of a tile", () => {
  const crowd = new Crowd(LIMITS, 8);
  crowd.update(
    tick(1, [
      [1, 4, 4],
      [2, 4, 4],
    ]),
    0,
    false,
  );
  assert.deepEqual([crowd.tileX(1, 1), crowd.tileZ(1, 1)], [-0.5, -0.5]);
});
