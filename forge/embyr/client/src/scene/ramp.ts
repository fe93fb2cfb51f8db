// Scales of colours for numbers: even steps look even, also to those who see few colours.

/** A place in OKLCH: lightness 0 … 1, colourfulness, hue in degrees. */
type Stop = [number, number, number];

/** From dark violet over red to pale yellow: lighter is more. */
const SEQUENTIAL: Stop[] = [
  [0.24, 0.1, 286],
  [0.42, 0.18, 318],
  [0.6, 0.2, 364],
  [0.78, 0.16, 415],
  [0.95, 0.1, 463],
];

/** From blue over white to orange: darker is farther from the middle. */
const DIVERGING: Stop[] = [
  [0.36, 0.13, 258],
  [0.65, 0.11, 245],
  [0.95, 0.01, 245],
  [0.7, 0.15, 55],
  [0.43, 0.13, 40],
];

/** Steps of a scale; an even number and one, so that one is the middle. */
export const STEPS = 257;

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** Red, green and blue of a place in OKLCH, 0 … 255. */
function rgb([lightness, colour, hue]: Stop): [number, number, number] {
  const a = colour * Math.cos((hue * Math.PI) / 180);
  const b = colour * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const [red, green, blue] = linear.map(clamp).map(value => {
    const shown = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(255 * shown);
  });
  return [red, green, blue];
}

/** Lay a smooth curve through the stops. */
function made(stops: Stop[]): Uint8Array {
  const scale = new Uint8Array(3 * STEPS);
  for (let k = 0; k < STEPS; k++) {
    const at = (k / (STEPS - 1)) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(at));
    const [low, high] = [stops[from], stops[from + 1]];
    const mixed = low.map((value, i) => value + (high[i] - value) * (at - from)) as Stop;
    scale.set(rgb(mixed), 3 * k);
  }
  return scale;
}

const SCALES = { sequential: made(SEQUENTIAL), diverging: made(DIVERGING) };

/** The colours of a scale, red, green and blue of each step. */
export function colours(signed: boolean): Uint8Array {
  return signed ? SCALES.diverging : SCALES.sequential;
}

/** The scale as a CSS gradient, from left to right. */
export function gradient(signed: boolean): string {
  const scale = colours(signed);
  const stops = Array.from({ length: 17 }, (_, k) => {
    const at = 3 * Math.round((k / 16) * (STEPS - 1));
    return `rgb(${scale[at]} ${scale[at + 1]} ${scale[at + 2]})`;
  });
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
