// Where plants and rocks stand: scattered over tiles by hash, the same for the same map.
import { FOREST, GRASS, LAVA, SCRUB, STONE } from "../net/tiles";
import { type Field, heightAt, LAVA_LEVEL, WATER_LEVEL } from "./field";
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
  /** The first thing on each tile, and how many there are; things on a tile follow each other. */
  first: Uint32Array;
  many: Uint8Array;
  /** Where the things of each block of tiles begin, and at last how many there are. */
  starts: Uint32Array;
}

/** Tiles in the order in which things are listed, a block of the map after the other. */
export interface Order {
  tiles: Uint32Array;
  /** Where the tiles of each block begin, and at last how many there are. */
  starts: Uint32Array;
  /** The middle of each block, in tiles from the middle of the map. */
  middles: [number, number][];
}

/** Maps of a longer side have plain plants, in blocks: there are many, and they are seen from afar. */
export const WIDE = 160;
/** Side of a block, in tiles. */
export const BLOCK = 64;

/** Small maps are one block, row by row. In the blocks of wide ones tiles come by chance, so that the first few of a block are spread over it evenly. */
export function blocks(side: number): Order {
  const length = side > WIDE ? BLOCK : side;
  const inside = Uint32Array.from({ length: length * length }, (_, k) => k);
  if (side > WIDE) inside.sort((a, b) => hash(a, 3, 83) - hash(b, 3, 83) || a - b);
  const order: Order = {
    tiles: new Uint32Array(side * side),
    starts: new Uint32Array(0),
    middles: [],
  };
  const starts: number[] = [];
  let n = 0;
  for (let top = 0; top < side; top += length) {
    for (let left = 0; left < side; left += length) {
      starts.push(n);
      order.middles.push([left + length / 2 - side / 2, top + length / 2 - side / 2]);
      for (const k of inside) {
        const [row, col] = [top + Math.floor(k / length), left + (k % length)];
        if (row < side && col < side) order.tiles[n++] = row * side + col;
      }
    }
  }
  order.starts = Uint32Array.from([...starts, n]);
  return order;
}

export interface Recipe {
  /** How many stand on a tile of that kind. */
  count: (kind: number, index: number) => number;
  size: (key: number, kind: number) => number;
  /** How far from the middle of its tile, in tiles. */
  spread: number;
  key: number;
  /** How deep it is sunk, as a share of its size. */
  sink: number;
  /** Whether it is at the level of water, whatever the ground. */
  afloat?: boolean;
}

/** Scatter things over the map by a recipe. */
export function scatter(field: Field, tiles: Uint8Array, order: Order, recipe: Recipe): Scattered {
  const { side } = field;
  const first = new Uint32Array(side * side);
  const many = new Uint8Array(side * side);
  const starts = new Uint32Array(order.starts.length);
  let count = 0;
  for (let block = 0; block + 1 < starts.length; block++) {
    for (const index of order.tiles.subarray(order.starts[block], order.starts[block + 1])) {
      first[index] = count;
      many[index] = recipe.count(tiles[index], index);
      count += many[index];
    }
    starts[block + 1] = count;
  }
  const place = new Float32Array(4 * count);
  const look = new Float32Array(4 * count);
  for (let index = 0; index < tiles.length; index++) {
    const total = many[index];
    for (let k = 0; k < total; k++) {
      const n = first[index] + k;
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
      const ground = recipe.afloat ? WATER_LEVEL : Math.max(LAVA_LEVEL, heightAt(field, x, z));
      const y = ground - recipe.sink * size;
      place.set([x - side / 2, y, z - side / 2, random(3) * Math.PI * 2], 4 * n);
      look.set([size, random(4), (random(5) - 0.5) * 0.22, index], 4 * n);
    }
  }
  return { count, place, look, first, many, starts };
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
  order: Order,
  chosen: (index: number) => boolean,
): Scattered {
  const most = perTile(tiles, [FOREST, SCRUB], 4, 5200);
  return scatter(field, tiles, order, {
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

export function bushes(field: Field, tiles: Uint8Array, order: Order): Scattered {
  const most = perTile(tiles, [FOREST, SCRUB], 3, 2600);
  return scatter(field, tiles, order, {
    count: kind => (isWood(kind) ? most : 0),
    size: key => 0.3 + 0.25 * key,
    spread: 0.36,
    key: 103,
    sink: 0.04,
  });
}

export function tufts(field: Field, tiles: Uint8Array, order: Order): Scattered {
  const most = perTile(tiles, [GRASS], 9, 15000);
  return scatter(field, tiles, order, {
    count: (kind, index) => (kind === GRASS ? Math.floor(hash(index, 2, 78) * (most + 1)) : 0),
    size: key => 0.1 + 0.13 * key,
    spread: 0.6,
    key: 107,
    sink: 0.05,
  });
}

export function boulders(field: Field, tiles: Uint8Array, order: Order, half: number): Scattered {
  const most = perTile(tiles, [STONE], 2, 1100);
  return scatter(field, tiles, order, {
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
export function reefs(field: Field, tiles: Uint8Array, order: Order): Scattered {
  const { side } = field;
  const land = (index: number) => {
    const [row, col] = [Math.floor(index / side), index % side];
    const at = (r: number, c: number) =>
      r >= 0 && c >= 0 && r < side && c < side && tiles[r * side + c] !== LAVA;
    return at(row - 1, col) || at(row + 1, col) || at(row, col - 1) || at(row, col + 1);
  };
  return scatter(field, tiles, order, {
    count: (kind, index) =>
      kind === LAVA && land(index) ? 1 + Math.floor(hash(index, 4, 5) * 3) : 0,
    size: key => 0.3 + 0.7 * key * key,
    spread: 0.46,
    key: 113,
    sink: 0,
  });
}
