import assert from "node:assert/strict";
import { test } from "node:test";
import { Hurts, TOGETHER } from "../../src/scene/hurts";

/** Numbers, and the places that they were given. */
function numbers() {
  const hurts = new Hurts();
  let places = 0;
  return {
    hurts,
    strike: (target: number, damage: number, style: number, start: number) => {
      const {
        damage: sum,
        style: shown,
        place,
      } = hurts.add(target, damage, style, start, () => places++);
      return [sum, shown, place];
    },
  };
}

test("strikes at one in quick succession are one number, in the colour of the hardest", () => {
  const { strike } = numbers();
  assert.deepEqual(strike(7, 3, 0, 1), [3, 0, 0]);
  assert.deepEqual(strike(7, 5, 2, 1.1), [8, 2, 0]);
  assert.deepEqual(strike(7, 4, 1, 1.2), [12, 2, 0]);
});

test("each who is struck has a number, and who is struck later another one", () => {
  const { strike } = numbers();
  assert.deepEqual(strike(7, 3, 0, 1), [3, 0, 0]);
  assert.deepEqual(strike(8, 2, 0, 1), [2, 0, 1]);
  assert.deepEqual(strike(7, 1, 0, 1 + TOGETHER), [1, 0, 2]);
  assert.deepEqual(strike(8, 1, 0, 1 + TOGETHER / 2), [3, 0, 1]);
});

test("after a jump in time nothing is added to older numbers", () => {
  const { hurts, strike } = numbers();
  strike(7, 3, 0, 1);
  hurts.clear();
  assert.deepEqual(strike(7, 2, 0, 1), [2, 0, 1]);
});
