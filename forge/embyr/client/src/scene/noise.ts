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

/**
 * Say how far places are from the border of their cell, 0 on the border, about 1 in the middle; the
 * cells repeat after `period`.
 */
export function cellBorders(period: number, key: number): (x: number, y: number) => number {
  const seeds = new Float32Array(2 * period * period);
  for (let k = 0; k < period * period; k++) {
    const [col, row] = [k % period, Math.floor(k / period)];
    for (const axis of [0, 1]) seeds[2 * k + axis] = 0.15 + 0.7 * hash(col, row, key + axis);
  }
  return (x, y) => {
    const x0 = Math.floor(x);
    const y0 = Math.floor(y);
    let first = 81;
    let second = 81;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const seed = 2 * (wrap(y0 + dy, period) * period + wrap(x0 + dx, period));
        const px = x0 + dx + seeds[seed] - x;
        const py = y0 + dy + seeds[seed + 1] - y;
        const distance = px * px + py * py;
        if (distance < first) {
          second = first;
          first = distance;
        } else if (distance < second) {
          second = distance;
        }
      }
    }
    return Math.min(1, (Math.sqrt(second) - Math.sqrt(first)) * 1.6);
  };
}

/** Noise that repeats, on a grid of `side` samples a side: as `fbm`, each hash computed once. */
export function repeating(
  side: number,
  period: number,
  octaves: number,
  key: number,
): Float32Array {
  const sum = new Float32Array(side * side);
  let total = 0;
  for (let octave = 0; octave < octaves; octave++) total += 0.5 ** octave;
  for (let octave = 0; octave < octaves; octave++) {
    const cells = period * 2 ** octave;
    const corners = new Float32Array(cells * cells);
    for (let k = 0; k < cells * cells; k++) {
      corners[k] = (hash(k % cells, Math.floor(k / cells), key + octave) * 0.5 ** octave) / total;
    }
    const whole = Array.from({ length: side }, (_, k) => Math.floor((k / side) * cells));
    const part = whole.map((cell, k) => smoothstep(0, 1, (k / side) * cells - cell));
    for (let row = 0; row < side; row++) {
      const top = whole[row] * cells;
      const bottom = ((whole[row] + 1) % cells) * cells;
      for (let col = 0; col < side; col++) {
        const left = whole[col];
        const right = left + 1 === cells ? 0 : left + 1;
        const u = part[col];
        const above = mix(corners[top + left], corners[top + right], u);
        const below = mix(corners[bottom + left], corners[bottom + right], u);
        sum[row * side + col] += mix(above, below, part[row]);
      }
    }
  }
  return sum;
}

/**
 * Draw noise that repeats, four kinds in four channels: broad clouds, cracks (0 on a crack),
 * fine grain, ripples.
 */
export function noisePixels(side: number): Uint8Array {
  const pixels = new Uint8Array(side * side * 4);
  const clouds = repeating(side, 4, 5, 1);
  const bends = repeating(side, 8, 3, 31);
  const grain = repeating(side, 32, 3, 41);
  const ripples = repeating(side, 8, 3, 21);
  const border = cellBorders(8, 11);
  for (let k = 0; k < side * side; k++) {
    const bend = 0.9 * (bends[k] - 0.5);
    const [x, y] = [(k % side) / side, Math.floor(k / side) / side];
    pixels[4 * k] = 255 * clouds[k];
    pixels[4 * k + 1] = 255 * border(x * 8 + bend, y * 8 - bend);
    pixels[4 * k + 2] = 255 * grain[k];
    pixels[4 * k + 3] = 255 * ripples[k];
  }
  return pixels;
}
