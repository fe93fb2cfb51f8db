// Numbers of the map's shape, laid over the land as colours.
import { DataTexture, LinearFilter, RGBAFormat, SRGBColorSpace } from "three";
import { colours, STEPS } from "./ramp";
import type { OverlayUniforms } from "./terrain";

export interface OverlayOptions {
  /** By default the least and the most of the values. */
  min?: number;
  max?: number;
  /** 0 … 1. */
  opacity?: number;
  /** Show the logarithm of 1 + value. */
  log?: boolean;
  /** Take the scale of two colours that meet in the middle of the range. */
  signed?: boolean;
}

/** Least and most of the finite values; (0, 1) if there are none. */
export function range(values: Float32Array): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low, low + 1] : [low, high];
}

/** Write each value's colour, red, green, blue and 255; NaN: four zeros. Modifies `pixels`. */
export function shade(
  values: Float32Array,
  { min, max, log = false, signed = false }: OverlayOptions,
  pixels: Uint8Array | Uint8ClampedArray,
): void {
  const scale = log ? Math.log1p : (value: number) => value;
  const [least, most] = range(values);
  const low = scale(min ?? least);
  const span = scale(max ?? most) - low || 1;
  const steps = colours(signed);
  for (let k = 0; k < values.length; k++) {
    if (Number.isNaN(values[k])) {
      pixels.fill(0, 4 * k, 4 * k + 4);
      continue;
    }
    const share = Math.min(1, Math.max(0, (scale(values[k]) - low) / span));
    const at = 3 * Math.round(share * (STEPS - 1));
    for (let i = 0; i < 3; i++) pixels[4 * k + i] = steps[at + i];
    pixels[4 * k + 3] = 255;
  }
}

/** Lay values over the land, or take them off. NaN: nothing is drawn there. */
export function lay(
  uniforms: OverlayUniforms,
  side: number,
  values: Float32Array | null,
  options: OverlayOptions,
): void {
  uniforms.uOverlayOpacity.value = values === null ? 0 : (options.opacity ?? 0.75);
  if (values === null) return;
  if (values.length !== side * side) {
    throw new Error(`an overlay holds ${side * side} values, one per tile; not ${values.length}`);
  }
  let texture = uniforms.uOverlay.value;
  if (texture === null || texture.image.width !== side) {
    texture?.dispose();
    texture = new DataTexture(new Uint8Array(4 * side * side), side, side, RGBAFormat);
    texture.colorSpace = SRGBColorSpace;
    texture.minFilter = texture.magFilter = LinearFilter;
    uniforms.uOverlay.value = texture;
  }
  shade(values, options, texture.image.data as Uint8Array);
  texture.needsUpdate = true;
}
