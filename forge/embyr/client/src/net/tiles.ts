// The kinds of tiles that the page knows how to draw, by their names.

export const LAVA = 0;
export const WATER = 1;
export const GRASS = 2;
export const FOREST = 3;
export const SCRUB = 4;
export const STONE = 5;
/** Any kind that is not known here: bare ground. */
export const OTHER = 6;

const KNOWN: Record<string, number> = {
  lava: LAVA,
  water: WATER,
  grass: GRASS,
  forest: FOREST,
  scrub: SCRUB,
  stone: STONE,
};

/** For each number that a world gives to a kind of tile: which kind is drawn. */
export function drawnKinds(names: string[]): Uint8Array {
  const kinds = new Uint8Array(256).fill(OTHER);
  for (const [number, name] of names.entries()) kinds[number] = KNOWN[name] ?? OTHER;
  return kinds;
}
