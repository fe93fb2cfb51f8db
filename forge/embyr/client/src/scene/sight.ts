// Marks on the ground: a ring under the selected agent, and the square that it sees.
import { Vector4 } from "three";
import type { Uniforms } from "./patch";

export interface MarkUniforms extends Uniforms {
  /** x, z, radius in tiles; 1: shown. */
  uMark: { value: Vector4 };
  /** x, z of the middle, half a side in tiles; 1: shown. */
  uSight: { value: Vector4 };
}

export function markUniforms(): MarkUniforms {
  return { uMark: { value: new Vector4() }, uSight: { value: new Vector4() } };
}

export const MARKS_HEAD = "uniform vec4 uMark, uSight;";

/** Draws the marks into `marked` and says by `marking` how much they cover. */
export const MARKS = /* glsl */ `
  vec2 offset = abs(vPlace.xz - uSight.xy) - uSight.z;
  float outside = max(offset.x, offset.y);
  float edge = smoothstep(0.12, 0.04, abs(outside)) * uSight.w;
  float dashes = step(0.35, fract((vPlace.x + vPlace.z) * 0.9 + uTime * 0.25));
  float dim = smoothstep(0.0, 0.4, outside) * uSight.w * 0.42;
  float radius = length(vPlace.xz - uMark.xy) / max(0.01, uMark.z);
  float ring = smoothstep(0.2, 0.08, abs(radius - 1.0 - 0.06 * sin(uTime * 4.0))) * uMark.w;
  outgoingLight *= 1.0 - dim;
  outgoingLight = mix(outgoingLight, vec3(1.0, 0.96, 0.82), clamp(edge * (0.45 + 0.4 * dashes) + ring, 0.0, 1.0));
`;
