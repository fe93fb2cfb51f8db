// Colours that all eyes tell apart, and how light they are.

/** Okabe and Ito's eight, on dark ground: their black is a pale grey. */
export const SAFE = [
  "#e69f00",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#0072b2",
  "#d55e00",
  "#cc79a7",
  "#d9d9d9",
] as const;

/** Colours of the tiles on flat maps, in the order of their numbers. */
export const TILES = ["#3a1a16", "#3f86ad", "#82a35b", "#47683f", "#b59f66", "#8f8892"] as const;

/** Red, green and blue of "#rrggbb", 0 … 255. */
export function channels(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** How light a colour is to the eye, 0 … 1. */
export function lightness(color: string): number {
  const [r, g, b] = channels(color).map(v => {
    const share = v / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
