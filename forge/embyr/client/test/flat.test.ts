import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, nearest } from "../src/flat";
import type { Tick } from "../src/net/types";

const TICK = {
  agents: { n: 2, id: [3, 4], population: [0, 1], row: [5, 5], col: [5, 6] },
  npcs: { n: 1, id: [-2], row: [9], col: [9] },
} as unknown as Tick;

test("the nearest of those that are shown is picked", () => {
  const picked = (col: number, row: number, ...hidden: number[]) =>
    nearest(TICK, col, row, new Set(hidden));
  assert.deepEqual([picked(5.1, 5), picked(5.9, 5), picked(9, 8)], [3, 4, -2]);
  assert.deepEqual([picked(5.1, 5, 0), picked(5.1, 5, 0, 1), picked(9, 8, 0, 1)], [4, null, -2]);
  assert.equal(picked(12, 12), null);
});

test("the map lies between the panels, and in the middle where there are none", () => {
  const panels = { left: 300, right: 300, top: 50, bottom: 70 };
  // 680 × 600 are free: 600 pixels for 60 tiles, from 50 below the top on.
  assert.deepEqual(fitted(1280, 720, panels, 60), { scale: 10, left: 340, top: 50 });
  const none = { left: 0, right: 0, top: 0, bottom: 0 };
  assert.deepEqual(fitted(400, 800, none, 40), { scale: 10, left: 0, top: 200 });
});
