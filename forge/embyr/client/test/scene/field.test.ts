import assert from "node:assert/strict";
import { test } from "node:test";
import { FOREST, GRASS, LAVA, OTHER, STONE, WATER } from "../../src/net/tiles";
import {
  bilinear,
  blur,
  distanceFromLand,
  heightAt,
  LAVA_LEVEL,
  steps,
  survey,
  WATER_LEVEL,
} from "../../src/scene/field";

/** A map from rows of letters: l lava, w water, . grass, f forest, s stone. */
function map(...rows: string[]) {
  const kinds: Record<string, number> = {
    l: LAVA,
    w: WATER,
    ".": GRASS,
    f: FOREST,
    s: STONE,
    "?": OTHER,
  };
  return { side: rows.length, tiles: Uint8Array.from(rows.join(""), letter => kinds[letter]) };
}

const ISLAND = map(
  "llllllllll",
  "llllllllll",
  "ll......ll",
  "ll.ww.s.ll",
  "ll.ww...ll",
  "ll..f.s.ll",
  "ll.s..s.ll",
  "ll......ll",
  "llllllllll",
  "llllllllll",
);

function middles(kind: number): number[] {
  const field = survey(ISLAND);
  const { side, tiles } = ISLAND;
  return [...tiles.keys()]
    .filter(index => tiles[index] === kind)
    .map(index => heightAt(field, (index % side) + 0.5, Math.floor(index / side) + 0.5));
}

test("the middle of every walkable tile of the land is dry", () => {
  const heights = [...middles(GRASS), ...middles(FOREST)];
  assert.equal(heights.length, 28);
  assert.ok(Math.min(...heights) > WATER_LEVEL);
});

test("the middle of every water tile is under water", () => {
  const heights = middles(WATER);
  assert.equal(heights.length, 4);
  assert.ok(Math.max(...heights) < WATER_LEVEL);
});

test("ponds of one tile are wet, wherever shores wander", () => {
  const side = 40;
  const pond = (index: number) => index % 4 === 2 && Math.floor(index / side) % 4 === 2;
  const tiles = Uint8Array.from({ length: side * side }, (_, k) => (pond(k) ? WATER : GRASS));
  const field = survey({ side, tiles });
  const ponds = [...tiles.keys()].filter(pond);
  for (const index of ponds) {
    const [x, z] = [(index % side) + 0.5, Math.floor(index / side) + 0.5];
    assert.ok(heightAt(field, x, z) < WATER_LEVEL);
    assert.ok(heightAt(field, x + 1, z) > WATER_LEVEL);
  }
  assert.equal(ponds.length, 100);
});

test("stone stands above grass", () => {
  const [stone, grass] = [middles(STONE), middles(GRASS)];
  assert.ok(Math.min(...stone) > grass.reduce((a, b) => a + b) / grass.length);
});

test("lava lies above its ground", () => {
  assert.ok(Math.max(...middles(LAVA)) < LAVA_LEVEL);
});

test("a coarser survey finds the same land at its places", () => {
  const [fine, coarse] = [survey(ISLAND), survey(ISLAND, 2)];
  assert.deepEqual([fine.size, coarse.size], [41, 21]);
  const away = Math.abs(heightAt(fine, 5.5, 5.5) - heightAt(coarse, 5.5, 5.5));
  assert.ok(away < 0.05);
});

test("the same map has the same land", () => {
  assert.deepEqual(survey(ISLAND).height, survey(ISLAND).height);
});

test("lava counts its distance from land, across corners too", () => {
  const away = distanceFromLand(ISLAND);
  assert.equal(away[5 * 10 + 5], 0);
  assert.equal(away[5 * 10 + 1], 1);
  assert.equal(away[5 * 10 + 0], 2);
  assert.ok(Math.abs(away[0] - 2 * Math.SQRT2) < 1e-5);
});

test("values between the middles of tiles are mixed", () => {
  const values = Float32Array.from([0, 4, 8, 12]);
  assert.equal(bilinear(values, 2, 0.5, 0.5), 0);
  assert.equal(bilinear(values, 2, 1, 0.5), 2);
  assert.equal(bilinear(values, 2, 1, 1), 6);
  assert.equal(bilinear(values, 2, 9, 9), 12); // as at the nearest middle
});

test("blurring keeps what is even and spreads what is not", () => {
  assert.deepEqual(blur(new Float32Array(25).fill(2), 5, 1), new Float32Array(25).fill(2));
  const peak = new Float32Array(25);
  peak[12] = 1;
  const spread = blur(peak, 5, 1);
  assert.ok(spread[12] < 1 && spread[11] > 0 && spread[11] < spread[12]);
});

test("large maps are sampled less finely", () => {
  assert.deepEqual([80, 128, 256, 1024].map(steps), [4, 3, 2, 1]);
});

test("a kind of tile that is not known is ground like grass", () => {
  const [sand, grass] = [map("...", ".?.", "..."), map("...", "...", "...")];
  assert.deepEqual(survey(sand).height, survey(grass).height);
});
