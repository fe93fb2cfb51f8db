// Noise from integer hashing: the same everywhere, and none of it is loaded.

/** Hash two whole numbers and a key to [0, 1). */
export function hash(x: number, y: number, key = 0): number {
  let h = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(key, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** Interpolate smoothly from 0 to 1 between two edges. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

function wrap(x: number, period: number): number {
  return period > 0 ? ((x % period) + period) % period : x;
}

/** Value noise in [0, 1); `period` > 0 makes it repeat after so many cells. */
export function valueNoise(x: number, y: number, key = 0, period = 0): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const u = smoothstep(0, 1, x - x0);
  const v = smoothstep(0, 1, y - y0);
  const left = wrap(x0, period);
  const right = wrap(x0 + 1, period);
  const top = wrap(y0, period);
  const bottom = wrap(y0 + 1, period);
  return mix(
    mix(hash(left, top, key), hash(right, top, key), u),
    mix(hash(left, bottom, key), hash(right, bottom, key), u),
    v,
  );
}

/** Sum octaves of value noise, in [0, 1). */
export function fbm(x: number, y: number, octaves: number, key = 0, period = 0): number {
  let sum = 0;
  let total = 0;
  let amplitude = 1;
  let scale = 1;
  for (let octave = 0; octave < octaves; octave++) {
    sum += amplitude * valueNoise(x * scale, y * scale, key + octave, period * scale);
    total += amplitude;
    amplitude *= 0.5;
    scale *= 2;
  }
  return sum / total;
}

/** How far a place is from the border of its cell, 0 on the border, about 1 in the middle. */
export function cellBorder(x: number, y: number, key: number, period: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  let first = 9;
  let second = 9;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const cx = wrap(x0 + dx, period);
      const cy = wrap(y0 + dy, period);
      const px = x0 + dx + 0.15 + 0.7 * hash(cx, cy, key) - x;
      const py = y0 + dy + 0.15 + 0.7 * hash(cx, cy, key + 1) - y;
      const distance = Math.sqrt(px * px + py * py);
      if (distance < first) {
        second = first;
        first = distance;
      } else if (distance < second) {
        second = distance;
      }
    }
  }
  return Math.min(1, (second - first) * 1.6);
}

/**
 * Draw noise that repeats, four kinds in four channels: broad clouds, cracks (0 on a crack),
 * fine grain, ripples.
 */
export function noisePixels(side: number): Uint8Array {
  const pixels = new Uint8Array(side * side * 4);
  for (let row = 0; row < side; row++) {
    for (let col = 0; col < side; col++) {
      const x = col / side;
      const y = row / side;
      const bend = 0.9 * (fbm(x * 8, y * 8, 3, 31, 8) - 0.5);
      const at = (row * side + col) * 4;
      pixels[at] = 255 * fbm(x * 4, y * 4, 5, 1, 4);
      pixels[at + 1] = 255 * cellBorder(x * 8 + bend, y * 8 - bend, 11, 8);
      pixels[at + 2] = 255 * fbm(x * 32, y * 32, 3, 41, 32);
      pixels[at + 3] = 255 * fbm(x * 8, y * 8, 3, 21, 8);
    }
  }
  return pixels;
}
