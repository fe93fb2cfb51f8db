import assert from "node:assert/strict";
import { test } from "node:test";
import { OTHER } from "../../src/net/tiles";
import { channels, TILES } from "../../src/ui/colours";
import { Ring, roundUp, thin } from "../../src/ui/curves";
import { short } from "../../src/ui/populations";
import { Recent } from "../../src/ui/tally";

function ring(room: number, values: number[]): Ring {
  const made = new Ring(room);
  for (const value of values) made.push(value);
  return made;
}

test("a full ring drops its oldest number", () => {
  const last = ring(3, [1, 2, 3, 4, 5]);
  assert.deepEqual(
    [0, 1, 2].map(k => last.at(k)),
    [3, 4, 5],
  );
});

test("a row is thinned to means of equal stretches", () => {
  assert.deepEqual([...thin(ring(6, [1, 3, 5, 7, 9, 11]), 3)], [2, 6, 10]);
  assert.deepEqual([...thin(ring(6, [1, 3]), 3)], [1, 3]);
});

test("what is no number is left out of a mean", () => {
  const thinned = thin(ring(4, [Number.NaN, 4, Number.NaN, Number.NaN]), 2);
  assert.equal(thinned[0], 4);
  assert.ok(Number.isNaN(thinned[1]));
});

test("axes end at round numbers", () => {
  assert.deepEqual([0, 0.3, 1, 3, 7, 130, 900].map(roundUp), [1, 0.5, 1, 5, 10, 200, 1000]);
});

test("a running mean forgets what is old", () => {
  const recent = new Recent(2);
  assert.ok(Number.isNaN(recent.mean()));
  for (const value of [10, 2, 4]) recent.add(value);
  assert.equal(recent.mean(), 3);
});

test("numbers are written short", () => {
  assert.deepEqual([7, 950, 1234, 35_400, Number.NaN].map(short), ["7", "950", "1.2k", "35k", "–"]);
});

test("colours are read from their hexadecimal digits", () => {
  assert.deepEqual(channels("#e69f00"), [230, 159, 0]);
});

test("each kind of tile has a colour of its own on flat maps, and so has an unknown one", () => {
  assert.equal(TILES.length, OTHER + 1);
  assert.equal(new Set(TILES).size, TILES.length);
});
