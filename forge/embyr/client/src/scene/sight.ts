// Marks on the ground: a ring under the selected agent, and the square that it sees.
import { Mesh, PlaneGeometry, ShaderMaterial, Vector4 } from "three";
import { GROUND, type Ground } from "./ground";
import type { Shared, Uniforms } from "./patch";

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

/** Make the marks as a sheet of their own on the ground, for land that is a picture. */
export function makeMarks(ground: Ground, shared: Shared, marks: MarkUniforms): Mesh {
  const material = new ShaderMaterial({
    uniforms: { ...ground.uniforms, ...shared, ...marks },
    transparent: true,
    depthWrite: false,
    polygonOffset: true,
    polygonOffsetFactor: -2,
    polygonOffsetUnits: -4,
    vertexShader: /* glsl */ `
      ${GROUND}${MARKS_HEAD} varying vec3 vPlace;
      void main() {
        float wide = max(uMark.z * 1.4 * uMark.w, (uSight.z + 0.3) * uSight.w);
        vec2 at = mix(uMark.xy, uSight.xy, uSight.w) + position.xy * 2.0 * wide;
        vPlace = vec3(at.x, groundAt(at) + 0.04, at.y);
        gl_Position = projectionMatrix * viewMatrix * vec4(vPlace, 1.0);
      }`,
    fragmentShader: /* glsl */ `
      uniform float uTime; ${MARKS_HEAD} varying vec3 vPlace;
      void main() {
        vec3 outgoingLight = vec3(0.0);
        ${MARKS}
        gl_FragColor = vec4(1.0, 0.96, 0.82, clamp(edge * (0.45 + 0.4 * dashes) + ring, 0.0, 1.0));
      }`,
    side: 2,
  });
  const mesh = new Mesh(new PlaneGeometry(1, 1, 32, 32), material);
  mesh.frustumCulled = false;
  mesh.renderOrder = 3;
  return mesh;
}
