// Where plants and rocks stand: scattered over tiles by hash, the same for the same map.
import { FOREST, GRASS, LAVA, SCRUB, STONE } from "../net/tiles";
import { type Field, heightAt, LAVA_LEVEL } from "./field";
import { hash } from "./noise";

/** Ground lower than this is wet. */
const DRY = 0.05;

/** Things in a list: four numbers for where each is, four for what it is like. */
export interface Scattered {
  count: number;
  /** x, y, z from the middle of the map, and the turn [radians]. */
  place: Float32Array;
  /** Size, tint 0 … 1, lean, the tile's index. */
  look: Float32Array;
  /** The first thing on each tile; things on a tile follow each other. side² + 1 numbers. */
  first: Uint32Array;
}

interface Recipe {
  /** How many stand on a tile of that kind. */
  count: (kind: number, index: number) => number;
  size: (key: number, kind: number) => number;
  /** How far from the middle of its tile, in tiles. */
  spread: number;
  key: number;
  /** How deep it is sunk, as a share of its size. */
  sink: number;
}

/** Scatter things over the map by a recipe. */
export function scatter(field: Field, tiles: Uint8Array, recipe: Recipe): Scattered {
  const { side } = field;
  const first = new Uint32Array(side * side + 1);
  for (let index = 0; index < tiles.length; index++) {
    first[index + 1] = first[index] + recipe.count(tiles[index], index);
  }
  const count = first[side * side];
  const place = new Float32Array(4 * count);
  const look = new Float32Array(4 * count);
  for (let index = 0; index < tiles.length; index++) {
    for (let n = first[index]; n < first[index + 1]; n++) {
      const k = n - first[index];
      const total = first[index + 1] - first[index];
      const random = (what: number) => hash(index, k * 16 + what, recipe.key);
      // Around the tile's middle, evenly, so that a few cover it well.
      const angle = ((k + 0.35 * random(0)) / total + hash(index, 3, recipe.key)) * Math.PI * 2;
      const away = (total === 1 ? 0.4 * random(1) : 0.55 + 0.45 * random(1)) * recipe.spread;
      const [dx, dz] = [Math.cos(angle) * away, Math.sin(angle) * away];
      const [cx, cz] = [(index % side) + 0.5, Math.floor(index / side) + 0.5];
      // Nearer to the middle of its tile where it would stand in water.
      const wet = tiles[index] !== LAVA && heightAt(field, cx + dx, cz + dz) < DRY;
      const [x, z] = wet ? [cx + 0.35 * dx, cz + 0.35 * dz] : [cx + dx, cz + dz];
      const size = recipe.size(random(2), tiles[index]);
      const y = Math.max(LAVA_LEVEL, heightAt(field, x, z)) - recipe.sink * size;
      place.set([x - side / 2, y, z - side / 2, random(3) * Math.PI * 2], 4 * n);
      look.set([size, random(4), (random(5) - 0.5) * 0.22, index], 4 * n);
    }
  }
  return { count, place, look, first };
}

/** How many things a tile may hold, so that a map's total stays near a budget. */
export function perTile(tiles: Uint8Array, kinds: number[], most: number, budget: number): number {
  const holding = tiles.reduce((sum, kind) => sum + (kinds.includes(kind) ? 1 : 0), 0);
  return Math.max(1, Math.min(most, Math.round(budget / Math.max(1, holding))));
}

const isWood = (kind: number) => kind === FOREST || kind === SCRUB;

/** Trees of one of two species; which one stands where follows broad patches. */
export function trees(
  field: Field,
  tiles: Uint8Array,
  chosen: (index: number) => boolean,
): Scattered {
  const most = perTile(tiles, [FOREST, SCRUB], 4, 5200);
  return scatter(field, tiles, {
    count: (kind, index) => {
      if (!isWood(kind) || !chosen(index)) return 0;
      return Math.max(1, most - (hash(index, 1, 77) < 0.4 ? 1 : 0));
    },
    size: key => 0.95 + 0.75 * key * key,
    spread: 0.4,
    key: 101,
    sink: 0.02,
  });
}

export function bushes(field: Field, tiles: Uint8Array): Scattered {
  const most = perTile(tiles, [FOREST, SCRUB], 3, 2600);
  return scatter(field, tiles, {
    count: kind => (isWood(kind) ? most : 0),
    size: key => 0.3 + 0.25 * key,
    spread: 0.36,
    key: 103,
    sink: 0.04,
  });
}

export function tufts(field: Field, tiles: Uint8Array): Scattered {
  const most = perTile(tiles, [GRASS], 9, 15000);
  return scatter(field, tiles, {
    count: (kind, index) => (kind === GRASS ? Math.floor(hash(index, 2, 78) * (most + 1)) : 0),
    size: key => 0.1 + 0.13 * key,
    spread: 0.6,
    key: 107,
    sink: 0.05,
  });
}

export function boulders(field: Field, tiles: Uint8Array, half: number): Scattered {
  const most = perTile(tiles, [STONE], 2, 1100);
  return scatter(field, tiles, {
    count: (kind, index) => {
      if (kind !== STONE) return 0;
      const random = hash(index, 6, 79);
      return (random < 0.5 ? 0 : 1) === half && Math.abs(random - 0.5) > 0.12 ? most : 0;
    },
    size: key => 0.4 + 0.75 * key * key,
    spread: 0.4,
    key: 109 + half,
    sink: 0.1,
  });
}

/** Basalt along the coast, in lava that touches land. */
export function reefs(field: Field, tiles: Uint8Array): Scattered {
  const { side } = field;
  const land = (index: number) => {
    const [row, col] = [Math.floor(index / side), index % side];
    const at = (r: number, c: number) =>
      r >= 0 && c >= 0 && r < side && c < side && tiles[r * side + c] !== LAVA;
    return at(row - 1, col) || at(row + 1, col) || at(row, col - 1) || at(row, col + 1);
  };
  return scatter(field, tiles, {
    count: (kind, index) =>
      kind === LAVA && land(index) ? 1 + Math.floor(hash(index, 4, 5) * 3) : 0,
    size: key => 0.3 + 0.7 * key * key,
    spread: 0.46,
    key: 113,
    sink: 0,
  });
}
