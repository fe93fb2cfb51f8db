import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../src/flat";
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
