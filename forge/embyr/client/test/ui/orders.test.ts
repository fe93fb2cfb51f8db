import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sight } from "../../src/net/types";
import { WAYS } from "../../src/scene/controls";
import { moveTo, styleFor, targets } from "../../src/ui/orders";

const [EAST, SOUTH, WEST, NORTH] = [1, 2, 3, 4];
const SIGHT = {
  canAttack: [
    { id: 5, styles: [true, true, false] },
    { id: 9, styles: [false, false, true] },
  ],
} as Sight;
const DAMAGE = [10, 2, 1];

test("up on the screen is north, until the camera turns", () => {
  const up = [0, 0.5, 1, 2, 3].map(quarters => moveTo(WAYS.KeyW, (quarters * Math.PI) / 2 + 0.01));
  assert.deepEqual(up, [NORTH, WEST, WEST, SOUTH, EAST]);
  const keys = [WAYS.KeyD, WAYS.ArrowDown, WAYS.KeyA].map(way => moveTo(way, 0));
  assert.deepEqual(keys, [EAST, SOUTH, WEST]);
});

test("the strongest style that reaches strikes, or the chosen one if it reaches", () => {
  const styles = [5, 9, 4].map(id => styleFor(SIGHT, id, null, DAMAGE));
  assert.deepEqual(styles, [0, 2, -1]);
  assert.deepEqual([styleFor(SIGHT, 5, 1, DAMAGE), styleFor(SIGHT, 5, 2, DAMAGE)], [1, -1]);
});

test("the strongest style is that which does most to the target, where that is known", () => {
  const canAttack = [{ id: 5, styles: [true, true, false], damage: [10, 15, 40] }];
  assert.equal(styleFor({ canAttack } as Sight, 5, null, DAMAGE), 1);
});

test("targets are those that the chosen style reaches, or any", () => {
  assert.deepEqual(targets(SIGHT, null), [5, 9]);
  assert.deepEqual(targets(SIGHT, 1), [5]);
  assert.deepEqual(targets({} as Sight, 1), []);
});
