// Colours of flat maps.

/** Colours of the tiles on flat maps, in the order of net/tiles.ts. */
export const TILES = [
  "#3a1a16",
  "#3f86ad",
  "#82a35b",
  "#47683f",
  "#b59f66",
  "#8f8892",
  "#c8763a",
  "#6b5f5a",
  "#2f8f5b",
  "#8d7a4c",
  "#9b7be8",
  "#75709c",
  "#e889b8",
  "#a3b065",
  "#5fc4dd",
  "#2c6a96",
  "#c9b998",
] as const;

/** Red, green and blue of "#rrggbb", 0 … 255. */
export function channels(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
