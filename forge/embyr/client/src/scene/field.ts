// The lie of the land: heights and shores, computed from the kinds of tiles.

import { LAVA, STONE, WATERS } from "../net/tiles";
import type { Setup } from "../net/types";
import { fbm, hash, mix, smoothstep, valueNoise } from "./noise";

export const WATER_LEVEL = 0;
export const LAVA_LEVEL = -0.62;
/** Farthest distance from land that is told apart, in tiles. */
export const FAR = 14;

type Map = Pick<Setup, "side" | "tiles">;

/** Samples of the land on a grid of `per` steps per tile, `size` on a side. */
export interface Field {
  side: number;
  per: number;
  size: number;
  height: Float32Array;
  /** 0 … 1 each: how much water, stone and lava is here. */
  water: Float32Array;
  stone: Float32Array;
  lava: Float32Array;
  /** Distance of lava from land, in tiles, up to FAR. */
  shore: Float32Array;
}

/** How finely a map of that side is sampled: small maps finely, large ones as they can be drawn. */
export function steps(side: number): number {
  if (side <= 100) return 4;
  if (side <= 170) return 3;
  return side <= 320 ? 2 : 1;
}

function share(map: Map, ...kinds: number[]): Float32Array {
  return Float32Array.from(map.tiles, tile => (kinds.includes(tile) ? 1 : 0));
}

/** Average over a square of 2 × reach + 1 tiles, twice. */
export function blur(values: Float32Array, side: number, reach: number): Float32Array {
  let from = values;
  for (let pass = 0; pass < 4; pass++) {
    const to = new Float32Array(from.length);
    const [along, across] = pass % 2 === 0 ? [1, side] : [side, 1];
    for (let line = 0; line < side; line++) {
      for (let at = 0; at < side; at++) {
        let sum = 0;
        for (let d = -reach; d <= reach; d++) {
          const k = Math.min(side - 1, Math.max(0, at + d));
          sum += from[line * across + k * along];
        }
        to[line * across + at * along] = sum / (2 * reach + 1);
      }
    }
    from = to;
  }
  return from;
}

/** Interpolate between the middles of tiles; x and z in tiles from the corner of the map. */
export function bilinear(values: Float32Array, side: number, x: number, z: number): number {
  const u = Math.min(side - 1, Math.max(0, x - 0.5));
  const v = Math.min(side - 1, Math.max(0, z - 0.5));
  const col = Math.min(side - 2, Math.floor(u));
  const row = Math.min(side - 2, Math.floor(v));
  const at = row * side + col;
  return mix(
    mix(values[at], values[at + 1], u - col),
    mix(values[at + side], values[at + side + 1], u - col),
    v - row,
  );
}

/** Distance from the nearest tile that is not lava, in tiles, up to FAR. */
export function distanceFromLand(map: Map): Float32Array {
  const { side, tiles } = map;
  const away = Float32Array.from(tiles, tile => (tile === LAVA ? FAR : 0));
  const relax = (at: number, row: number, col: number, step: number) => {
    // The four neighbours that come before, or after, in the order of the pass.
    const straight = row + step >= 0 && row + step < side;
    const beside = col + step >= 0 && col + step < side;
    const behind = col - step >= 0 && col - step < side;
    let least = away[at];
    if (straight) least = Math.min(least, away[at + step * side] + 1);
    if (beside) least = Math.min(least, away[at + step] + 1);
    if (straight && beside) least = Math.min(least, away[at + step * side + step] + Math.SQRT2);
    if (straight && behind) least = Math.min(least, away[at + step * side - step] + Math.SQRT2);
    away[at] = least;
  };
  for (let k = 0; k < side * side; k++) relax(k, Math.floor(k / side), k % side, -1);
  for (let k = side * side - 1; k >= 0; k--) relax(k, Math.floor(k / side), k % side, 1);
  return away;
}

/** Compute the lie of the land, with so many samples per tile, or fewer on large maps. */
export function survey(map: Map, finest = 4): Field {
  const { side } = map;
  const per = Math.min(finest, steps(side));
  const size = side * per + 1;
  const cells = size * size;
  const field: Field = {
    side,
    per,
    size,
    height: new Float32Array(cells),
    water: new Float32Array(cells),
    stone: new Float32Array(cells),
    lava: new Float32Array(cells),
    shore: new Float32Array(cells),
  };
  const wet = share(map, ...WATERS);
  const rock = share(map, STONE);
  const hot = share(map, LAVA);
  const wetAround = blur(wet, side, 2);
  const rockAround = blur(rock, side, 1);
  const away = distanceFromLand(map);
  for (let row = 0; row < size; row++) {
    for (let col = 0; col < size; col++) {
      const x = col / per;
      const z = row / per;
      // Shores wander, by less than would drown the middle of a tile.
      const wx = x + 0.5 * (fbm(x * 0.9, z * 0.9, 2, 5) - 0.5);
      const wz = z + 0.5 * (fbm(x * 0.9, z * 0.9, 2, 6) - 0.5);
      const at = row * size + col;
      const water = bilinear(wet, side, wx, wz);
      const stone = bilinear(rock, side, wx, wz);
      const lava = bilinear(hot, side, wx, wz);
      field.water[at] = water;
      field.stone[at] = stone;
      field.lava[at] = lava;
      field.shore[at] = bilinear(away, side, x, z);
      let y = plateau(x, z, bilinear(wetAround, side, x, z));
      y += outcrop(x, z, stone, bilinear(rockAround, side, wx, wz));
      y = mix(y, -0.5 - 0.06 * hash(col, row, 3), smoothstep(0.25, 0.85, water));
      y = mix(y, LAVA_LEVEL - 0.5, smoothstep(0.28, 0.72, lava));
      field.height[at] = y;
    }
  }
  return field;
}

/** Height of plain ground: gentle relief, lower towards water. */
function plateau(x: number, z: number, wetAround: number): number {
  const relief = fbm(x * 0.09, z * 0.09, 3, 7) - 0.5;
  const inland = 1 - smoothstep(0, 0.4, wetAround);
  return 0.16 + 0.3 * inland + relief * (0.35 + 0.9 * inland) * 0.9 + 0.05 * valueNoise(x, z, 8);
}

/** Height that stone adds: steps and crags, higher in the middle of massifs. */
function outcrop(x: number, z: number, stone: number, around: number): number {
  if (stone <= 0.02) return 0;
  const crag = valueNoise(x * 1.3, z * 1.3, 9);
  const rise = 0.35 + 1.7 * around * around + 0.55 * crag;
  return smoothstep(0.15, 0.75, stone) * rise;
}

/** Height at a place in tiles from the corner of the map. */
export function heightAt(field: Field, x: number, z: number): number {
  const { size, per, height } = field;
  const u = Math.min(size - 1.001, Math.max(0, x * per));
  const v = Math.min(size - 1.001, Math.max(0, z * per));
  const col = Math.floor(u);
  const row = Math.floor(v);
  const at = row * size + col;
  return mix(
    mix(height[at], height[at + 1], u - col),
    mix(height[at + size], height[at + size + 1], u - col),
    v - row,
  );
}
