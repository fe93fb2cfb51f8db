// Marks on the ground: a ring under the selected agent, and the square that it sees.
import { Mesh, PlaneGeometry, ShaderMaterial, Vector4 } from "three";
import { GROUND, type Ground } from "./ground";
import type { Shared, Uniforms } from "./patch";

export interface MarkUniforms extends Uniforms {
  /** x, z, radius in tiles; 1: shown. */
  uMark: { value: Vector4 };
  /** x, z of the middle, half a side in tiles; 1: shown. */
  uSight: { value: Vector4 };
  /** x, z of the tile of the agent that is played; a bit for each move; 1 + its move, 0: nobody. */
  uSteps: { value: Vector4 };
  /** x, z, radius in tiles of those that it can strike; 1: shown. */
  uTargets: { value: Vector4[] };
}

/** Targets that are marked, at most. */
const TARGETS = 12;

export function markUniforms(): MarkUniforms {
  return {
    uMark: { value: new Vector4() },
    uSight: { value: new Vector4() },
    uSteps: { value: new Vector4() },
    uTargets: { value: Array.from({ length: TARGETS }, () => new Vector4()) },
  };
}

export const MARKS_HEAD = `uniform vec4 uMark, uSight, uSteps, uTargets[${TARGETS}];`;

/** Darkens what the selected agent does not see. */
export const DIM = /* glsl */ `
  vec2 beyond = abs(vPlace.xz - uSight.xy) - uSight.z;
  outgoingLight *= 1.0 - smoothstep(0.0, 0.4, max(beyond.x, beyond.y)) * uSight.w * 0.42;
`;

/** Draws the marks of the selected agent over `outgoingLight`. */
const SELECTED = /* glsl */ `
  vec2 offset = abs(vPlace.xz - uSight.xy) - uSight.z;
  float outside = max(offset.x, offset.y);
  float edge = smoothstep(0.12, 0.04, abs(outside)) * uSight.w;
  float dashes = step(0.35, fract((vPlace.x + vPlace.z) * 0.9 + uTime * 0.25));
  float radius = length(vPlace.xz - uMark.xy) / max(0.01, uMark.z);
  float ring = smoothstep(0.2, 0.08, abs(radius - 1.0 - 0.06 * sin(uTime * 4.0))) * uMark.w;
  outgoingLight = mix(outgoingLight, vec3(1.0, 0.96, 0.82), clamp(edge * (0.45 + 0.4 * dashes) + ring, 0.0, 1.0));
`;

/** Draws the marks of the agent that is played over `outgoingLight`. */
const PLAYED = /* glsl */ `
  if (uSteps.w > 0.5) {
    vec2 away = vPlace.xz - uSteps.xy;
    vec2 tile = floor(away + 0.5);
    vec2 within = abs(away - tile);
    float rim = max(within.x, within.y);
    float move = tile.x > 0.5 ? 1.0 : tile.y > 0.5 ? 2.0 : tile.x < -0.5 ? 3.0 : 4.0;
    float beside = step(0.5, abs(tile.x) + abs(tile.y)) * step(abs(tile.x) + abs(tile.y), 1.5);
    float may = beside * mod(floor(uSteps.z / exp2(move) + 0.01), 2.0);
    float goes = may * step(abs(uSteps.w - 1.0 - move), 0.5);
    float frame = smoothstep(0.34, 0.39, rim) * smoothstep(0.47, 0.43, rim);
    float inner = smoothstep(0.43, 0.39, rim) * (0.26 + 0.1 * sin(uTime * 3.0) + 0.4 * goes);
    outgoingLight = mix(outgoingLight, vec3(1.0, 0.96, 0.82), may * clamp(0.9 * frame + inner, 0.0, 1.0));
    for (int k = 0; k < ${TARGETS}; k++) {
      if (uTargets[k].w < 0.5) break;
      vec2 to = vPlace.xz - uTargets[k].xy;
      float far = length(to) / uTargets[k].z;
      float hoop = smoothstep(0.2, 0.1, abs(far - 1.0));
      float hairs = smoothstep(0.11, 0.05, min(abs(to.x), abs(to.y))) * step(0.85, far) * step(far, 1.45);
      outgoingLight = mix(outgoingLight, vec3(1.0, 0.16, 0.05), clamp(hoop + hairs, 0.0, 1.0));
    }
  }
`;

/** Draws all marks over `outgoingLight`. */
export const MARKS = SELECTED + PLAYED;

/** Finds `middle` and `wide`, half a side, of what the marks of the selected agent cover. */
const AROUND_SELECTED = /* glsl */ `
  float wide = max(uMark.z * 1.4 * uMark.w, (uSight.z + 0.3) * uSight.w);
  vec2 middle = mix(uMark.xy, uSight.xy, uSight.w);
`;

/** The same of the agent that is played: the tiles beside its own, and all targets. */
const AROUND_PLAYED = /* glsl */ `
  float wide = 1.5;
  vec2 middle = uSteps.xy;
  for (int k = 0; k < ${TARGETS}; k++) {
    if (uTargets[k].w < 0.5) break;
    vec2 away = abs(uTargets[k].xy - middle);
    wide = max(wide, max(away.x, away.y) + 1.5 * uTargets[k].z);
  }
`;

/** Marks as sheets of their own on the ground, for land that is a picture. */
export class Sheets {
  readonly meshes: readonly [Mesh, Mesh];

  constructor(
    ground: Ground,
    shared: Shared,
    private readonly marks: MarkUniforms,
  ) {
    this.meshes = [
      makeSheet(ground, shared, marks, AROUND_SELECTED, SELECTED),
      makeSheet(ground, shared, marks, AROUND_PLAYED, PLAYED),
    ];
  }

  /** Show those on which there is something: whoever is played need not be selected. */
  update(): void {
    const [selected, played] = this.meshes;
    selected.visible = this.marks.uMark.value.w > 0;
    played.visible = this.marks.uSteps.value.w > 0;
  }
}

/** Make a sheet for some of the marks; `around` finds where it lies. */
function makeSheet(
  ground: Ground,
  shared: Shared,
  marks: MarkUniforms,
  around: string,
  drawn: string,
): Mesh {
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
        ${around}
        vec2 at = middle + position.xy * 2.0 * wide;
        vPlace = vec3(at.x, groundAt(at) + 0.04, at.y);
        gl_Position = projectionMatrix * viewMatrix * vec4(vPlace, 1.0);
      }`,
    fragmentShader: /* glsl */ `
      uniform float uTime; ${MARKS_HEAD} varying vec3 vPlace;
      void main() {
        // Laid over black and over white they tell how much they cover, and in which colour.
        vec3 outgoingLight = vec3(0.0);
        { ${drawn} }
        vec3 dark = outgoingLight;
        outgoingLight = vec3(1.0);
        { ${drawn} }
        float cover = clamp(1.0 - outgoingLight.g + dark.g, 0.0, 1.0);
        if (cover < 0.01) discard;
        gl_FragColor = vec4(dark / cover, cover);
      }`,
    side: 2,
  });
  const mesh = new Mesh(new PlaneGeometry(1, 1, 32, 32), material);
  mesh.frustumCulled = false;
  mesh.renderOrder = 3;
  return mesh;
}
