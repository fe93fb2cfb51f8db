// The kinds of tiles that the page knows how to draw, by their names.

export const LAVA = 0;
export const WATER = 1;
export const GRASS = 2;
export const FOREST = 3;
export const SCRUB = 4;
export const STONE = 5;
export const ORE = 6;
export const SLAG = 7;
export const TREE = 8;
export const STUMP = 9;
export const CRYSTAL = 10;
export const FRAGMENT = 11;
export const HERB = 12;
export const WEEDS = 13;
export const FISH = 14;
export const OCEAN = 15;
/** Any kind that is not known here: bare ground. */
export const OTHER = 16;

const KNOWN: Record<string, number> = {
  lava: LAVA,
  water: WATER,
  grass: GRASS,
  forest: FOREST,
  scrub: SCRUB,
  stone: STONE,
  ore: ORE,
  slag: SLAG,
  tree: TREE,
  stump: STUMP,
  crystal: CRYSTAL,
  fragment: FRAGMENT,
  herb: HERB,
  weeds: WEEDS,
  fish: FISH,
  ocean: OCEAN,
};

/** Kinds that look like water. */
export const WATERS = [WATER, FISH, OCEAN];

/** For each number that a world gives to a kind of tile: which kind is drawn. */
export function drawnKinds(names: string[]): Uint8Array {
  const kinds = new Uint8Array(256).fill(OTHER);
  for (const [number, name] of names.entries()) kinds[number] = KNOWN[name] ?? OTHER;
  return kinds;
}
