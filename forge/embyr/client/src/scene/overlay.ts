// Numbers of the map's shape, laid over the land as colours.
import { DataTexture, FloatType, NearestFilter, RedFormat } from "three";
import type { OverlayUniforms } from "./terrain";

export interface OverlayOptions {
  /** By default the least and the most of the values. */
  min?: number;
  max?: number;
  /** 0 … 1. */
  opacity?: number;
  /** Show the logarithm of 1 + value. */
  log?: boolean;
}

/** Least and most of values that are numbers; (0, 1) if none is. */
export function range(values: Float32Array): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low, low + 1] : [low, high];
}

/** Lay values over the land, or take them off. NaN: nothing is drawn there. */
export function lay(
  uniforms: OverlayUniforms,
  side: number,
  values: Float32Array | null,
  { min, max, opacity = 0.75, log = false }: OverlayOptions,
): void {
  const shown = uniforms.uOverlayRange.value;
  if (values === null) {
    shown.w = 0;
    return;
  }
  if (values.length !== side * side) {
    throw new Error(`an overlay holds ${side * side} values, one per tile; not ${values.length}`);
  }
  const scale = log ? Math.log1p : (value: number) => value;
  const [low, high] = range(values);
  let texture = uniforms.uOverlay.value;
  if (texture === null || texture.image.width !== side) {
    texture?.dispose();
    texture = new DataTexture(new Float32Array(side * side), side, side, RedFormat, FloatType);
    texture.minFilter = texture.magFilter = NearestFilter;
    uniforms.uOverlay.value = texture;
  }
  const pixels = texture.image.data as Float32Array;
  for (let k = 0; k < values.length; k++) pixels[k] = scale(values[k]);
  texture.needsUpdate = true;
  shown.set(scale(min ?? low), scale(max ?? high), opacity, 1);
}
