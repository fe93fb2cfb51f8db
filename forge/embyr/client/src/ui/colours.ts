// Colours of flat maps.

/** Colours of the tiles on flat maps, in the order of net/tiles.ts. */
export const TILES = [
  "#3a1a16",
  "#3f86ad",
  "#82a35b",
  "#47683f",
  "#b59f66",
  "#8f8892",
  "#c9b998",
] as const;

/** Colours of overlays from low to high, as the legend shows them; the ramp of scene/terrain.ts. */
const RAMP = ["#211a55", "#277294", "#38aa81", "#fde725"].map(channels);

/** Mix the colour of a share of an overlay's range, 0 … 1: red, green and blue. */
export function ramp(share: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (RAMP.length - 1);
  const k = Math.min(RAMP.length - 2, Math.floor(at));
  const [low, high] = [RAMP[k], RAMP[k + 1]];
  return [0, 1, 2].map(c => Math.round(low[c] + (high[c] - low[c]) * (at - k))) as [
    number,
    number,
    number,
  ];
}

/** Red, green and blue of "#rrggbb", 0 … 255. */
export function channels(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
