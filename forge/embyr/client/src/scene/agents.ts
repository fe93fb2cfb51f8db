// Agents: one mesh for all figures, one for their shadows, one for their bars.
import {
  BufferAttribute,
  BufferGeometry,
  DynamicDrawUsage,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  MeshLambertMaterial,
  ShaderMaterial,
  Vector3,
} from "three";
import { type Columns, Crowd, FADE, type Limits } from "./crowd";
import { figure, HIP, PART, SHOULDER, speck, TALL } from "./figure";
import { GROUND, type Ground } from "./ground";
import { glslPalette } from "./palette";
import { patch, type Shared } from "./patch";

/** From so many on, figures have few faces. */
const MANY = 1500;

/** Where the processor draws, a crowd is drawn with care: from farther away as specks [tiles], */
const SPECKS = 150;
/** … its bars and shadows not at all, */
const BARS = 40;
const SHADOWS = 200;
/** … and only as far as so many times the camera's distance, but always so far [tiles]. */
const REACH = 2.4;
const NEAR = 70;

const COLUMNS = ["walk", "turn", "tint", "state", "stats"] as const;

/** How large agents are drawn from far away, so that they are still seen. */
export const GROW_FAR = /* glsl */ `
float grownFrom(float far) { return 1.0 + 0.75 * smoothstep(14.0, 95.0, far); }`;

const HEAD = /* glsl */ `
attribute vec4 walk, turn, tint, state, stats;
uniform float uTime, uPhase; uniform vec2 uBeat; uniform vec3 uEye, uSun;
${GROUND}${GROW_FAR}
vec2 turned(vec2 v, float angle) {
  float s = sin(angle), c = cos(angle);
  return vec2(c * v.x + s * v.y, c * v.y - s * v.x);
}
vec2 standing() { return mix(walk.xy, walk.zw, uPhase); }
float facing() { return mix(turn.x, turn.y, smoothstep(0.0, 0.45, uPhase)); }
float sinceChange() { return uTime - state.w; }
float deadness() { return tint.w > 0.5 ? clamp(sinceChange() / ${FADE.toFixed(1)}, 0.0, 1.0) : 0.0; }
float arrival() { return smoothstep(0.0, 0.55, sinceChange()); }
`;

const POSE = /* glsl */ `
  vec2 at = standing();
  float stride = turn.z * (1.0 - step(0.999, uPhase));
  float beat = uPhase * 6.2831853 + turn.w * 6.0;
  float swing = sin(beat) * 0.75 * stride;
  float limb = part;
  float pivot = limb > 3.5 ? ${SHOULDER.toFixed(2)} : ${HIP.toFixed(2)};
  float sign_ = (limb == ${PART.leftLeg}.0 || limb == ${PART.rightArm}.0) ? 1.0 : -1.0;
  if (limb > 1.5) {
    float angle = swing * sign_ * (limb > 3.5 ? 0.8 : 1.0);
    float s = sin(angle), c = cos(angle);
    vec2 arm = vec2(transformed.y - pivot, transformed.z);
    transformed.y = pivot + c * arm.x - s * arm.y;
    transformed.z = s * arm.x + c * arm.y;
  }
  // Breath while standing, a bob while walking.
  float bob = abs(sin(beat)) * 0.055 * stride;
  transformed.y *= 1.0 + 0.018 * sin(uTime * 2.4 + turn.w * 40.0) * (1.0 - stride);
  transformed.y += bob;
  transformed.z += transformed.y * 0.14 * stride;
  // A strike makes it flinch; death lays it down.
  float hit = exp(-(uTime - uBeat.x) * 7.0) * min(1.0, state.z * 0.3);
  transformed.x += transformed.y * hit * 0.35 * sin(uTime * 45.0);
  float dead = deadness();
  float fall = smoothstep(0.0, 0.4, dead) * 1.45;
  transformed.yz = mat2(cos(fall), -sin(fall), sin(fall), cos(fall)) * transformed.yz;
  float far = distance(uEye, vec3(at.x, 0.0, at.y));
  float born = arrival();
  float size = grownFrom(far) * (tint.w > 0.5 ? 1.0 : born * (1.0 + 0.5 * sin(born * 3.14159)));
  size *= 1.0 - smoothstep(0.65, 1.0, dead);
  transformed *= size;
  transformed.xz = turned(transformed.xz, facing());
  transformed += vec3(at.x, groundAt(at) + 0.01 - 0.25 * smoothstep(0.5, 1.0, dead), at.y);
  vCloth = part > 0.5 && (part < 1.5 || part > 3.5) ? 1.0 : 0.0;
  vTint = tint.rgb;
  vMood = vec4(state.x > 0.5 && tint.w < 0.5 ? 1.0 : 0.0, state.y * (1.0 - dead), hit, dead);
  vTall = position.y / ${TALL.toFixed(2)};
`;

const COLOR = /* glsl */ `
  vec3 cloth = vTint * vColor.rgb;
  diffuseColor.rgb = mix(vColor.rgb, cloth, vCloth);
  diffuseColor.rgb = mix(diffuseColor.rgb, FROST, vMood.x * 0.72);
  diffuseColor.rgb = mix(diffuseColor.rgb, vec3(dot(diffuseColor.rgb, vec3(0.33))), vMood.w * 0.8);
`;

const LIGHT = /* glsl */ `
  float rim = pow(1.0 - max(0.0, dot(normal, normalize(vViewPosition))), 2.4);
  // Colour is kept from sinking in the shade, so that populations are told apart.
  outgoingLight += diffuseColor.rgb * (0.16 + 0.3 * smoothstep(30.0, 95.0, vViewPosition.z)) * (1.0 - vMood.w);
  outgoingLight += vMood.x * FROST * rim * 0.9;
  float band = 0.5 + 0.5 * sin(vTall * 16.0 - uTime * 6.0);
  outgoingLight += vMood.y * vec3(1.0, 0.92, 0.6) * (rim * 0.8 + band * band * 0.16);
  outgoingLight = mix(outgoingLight, vec3(1.0, 0.25, 0.15), vMood.z * 0.75);
`;

export class Agents {
  readonly crowd: Crowd;
  readonly meshes: Mesh[];
  private readonly attributes: InstancedBufferAttribute[];
  private readonly geometries: InstancedBufferGeometry[];
  /** Whether they are many, and no graphics card draws them. */
  private readonly sparing: boolean;
  /** Where the camera was as the list of those to draw was made, and how far that reaches. */
  private readonly eye = new Vector3();
  private reach = Infinity;

  constructor(limits: Limits, maxAgents: number, ground: Ground, shared: Shared, plain: boolean) {
    this.sparing = plain && maxAgents > MANY;
    this.crowd = new Crowd(limits, maxAgents + Math.min(maxAgents, 1024));
    this.attributes = COLUMNS.map(name => {
      const column = this.crowd.now[name].slice();
      return new InstancedBufferAttribute(column, 4).setUsage(DynamicDrawUsage);
    });
    const shapes = [figure(maxAgents > MANY), square(), square()];
    if (this.sparing) shapes.push(speck());
    this.geometries = shapes.map(shape => this.instanced(shape));
    const uniforms = { ...ground.uniforms, ...shared };
    const bodies = new Mesh(this.geometries[0], bodyMaterial(uniforms));
    bodies.receiveShadow = true;
    const shadows = new Mesh(this.geometries[1], shadowMaterial(uniforms));
    shadows.renderOrder = 2;
    const bars = new Mesh(this.geometries[2], barMaterial(uniforms));
    bars.renderOrder = 6;
    this.meshes = [bodies, shadows, bars];
    if (this.sparing) this.meshes.push(new Mesh(this.geometries[3], bodies.material));
    for (const mesh of this.meshes) mesh.frustumCulled = false;
  }

  private instanced(shape: BufferGeometry): InstancedBufferGeometry {
    const geometry = new InstancedBufferGeometry();
    for (const name of Object.keys(shape.attributes)) {
      geometry.setAttribute(name, shape.getAttribute(name) as BufferAttribute);
    }
    geometry.setIndex(shape.getIndex());
    for (const [k, name] of COLUMNS.entries()) geometry.setAttribute(name, this.attributes[k]);
    geometry.instanceCount = 0;
    return geometry;
  }

  /** Fit what is drawn to a camera. */
  seenFrom(distance: number, eye: Vector3): void {
    if (!this.sparing) return;
    const [bodies, shadows, bars, specks] = this.meshes;
    specks.visible = distance > SPECKS;
    bodies.visible = !specks.visible;
    shadows.visible = distance < SHADOWS;
    bars.visible = distance < BARS;
    const reach = Math.max(NEAR, REACH * distance);
    const off = eye.distanceTo(this.eye) + Math.abs(reach - this.reach);
    if (off < 0.2 * reach) return;
    this.eye.copy(eye);
    this.reach = reach;
    this.upload();
  }

  /** Hand over what the crowd has computed. */
  upload(): void {
    const { count } = this.crowd;
    const drawn = this.sparing ? this.gather() : count;
    for (const [k, name] of COLUMNS.entries()) {
      const attribute = this.attributes[k];
      if (!this.sparing) {
        (attribute.array as Float32Array).set(this.column(name).subarray(0, 4 * count));
      }
      attribute.clearUpdateRanges();
      attribute.addUpdateRange(0, 4 * drawn);
      attribute.needsUpdate = true;
    }
    for (const geometry of this.geometries) geometry.instanceCount = drawn;
  }

  /** List those within reach of the camera; returns how many there are. */
  private gather(): number {
    const { walk } = this.crowd.now;
    const reach = (1.3 * this.reach) ** 2;
    let n = 0;
    for (let k = 0; k < this.crowd.count; k++) {
      const [dx, dz] = [walk[4 * k + 2] - this.eye.x, walk[4 * k + 3] - this.eye.z];
      if (dx * dx + dz * dz > reach) continue;
      for (const [i, name] of COLUMNS.entries()) {
        const from = this.column(name);
        const to = this.attributes[i].array;
        for (let j = 0; j < 4; j++) to[4 * n + j] = from[4 * k + j];
      }
      n++;
    }
    return n;
  }

  private column(name: keyof Columns): Float32Array {
    return this.crowd.now[name];
  }
}

/** A square from −1 to 1. */
export function square(): BufferGeometry {
  const geometry = new BufferGeometry();
  const corners = new Float32Array([-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0]);
  geometry.setAttribute("position", new BufferAttribute(corners, 3));
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
  return geometry;
}

type Given = Shared & Ground["uniforms"];

function bodyMaterial(uniforms: Given): MeshLambertMaterial {
  return patch(new MeshLambertMaterial({ vertexColors: true }), "agents", {
    uniforms,
    common: "varying vec3 vTint; varying vec4 vMood; varying float vTall, vCloth;",
    vertexHead: `attribute float part; ${HEAD}`,
    position: POSE,
    fragmentHead: `uniform float uTime; ${glslPalette(["frost"])}`,
    color: COLOR,
    light: LIGHT,
  });
}

/** A soft shadow under each, drawn out away from the sun. */
function shadowMaterial(uniforms: Given): ShaderMaterial {
  return new ShaderMaterial({
    uniforms,
    transparent: true,
    depthWrite: false,
    polygonOffset: true,
    polygonOffsetFactor: -2,
    polygonOffsetUnits: -4,
    vertexShader: /* glsl */ `${HEAD}
      varying vec2 vAt; varying float vDark;
      void main() {
        vec2 at = standing();
        vec2 away = normalize(-uSun.xz);
        vec2 across = vec2(-away.y, away.x);
        float size = grownFrom(distance(uEye, vec3(at.x, 0.0, at.y)));
        vec2 spot = at + (away * (position.y * 0.46 + 0.3) + across * position.x * 0.24) * size;
        vAt = position.xy;
        vDark = (1.0 - deadness()) * (tint.w > 0.5 ? 1.0 : arrival());
        float y = max(groundAt(spot), groundAt(at)) + 0.03;
        gl_Position = projectionMatrix * viewMatrix * vec4(spot.x, y, spot.y, 1.0);
      }`,
    fragmentShader: /* glsl */ `
      varying vec2 vAt; varying float vDark;
      void main() {
        float dark = smoothstep(1.0, 0.15, length(vAt));
        gl_FragColor = vec4(0.05, 0.04, 0.1, dark * 0.5 * vDark);
      }`,
  });
}

/** Bars of health, food and water over those near the camera. */
function barMaterial(uniforms: Given): ShaderMaterial {
  return new ShaderMaterial({
    uniforms,
    transparent: true,
    depthWrite: false,
    vertexShader: /* glsl */ `${HEAD}
      varying vec2 vAt; varying vec4 vStats; varying float vSeen;
      void main() {
        vec2 at = standing();
        vec3 foot = vec3(at.x, groundAt(at), at.y);
        float far = distance(uEye, foot);
        vSeen = (1.0 - smoothstep(20.0, 30.0, far)) * (tint.w > 0.5 ? 0.0 : arrival());
        float size = grownFrom(far);
        vec4 middle = viewMatrix * vec4(foot + vec3(0.0, ${TALL.toFixed(2)} * size + 0.22, 0.0), 1.0);
        middle.xy += position.xy * vec2(0.36, 0.105) * step(0.01, vSeen);
        vAt = position.xy * 0.5 + 0.5;
        vStats = stats;
        gl_Position = projectionMatrix * middle;
      }`,
    fragmentShader: /* glsl */ `
      varying vec2 vAt; varying vec4 vStats; varying float vSeen;
      void main() {
        if (vSeen < 0.01) discard;
        float line = vAt.y * 3.0;
        float within = fract(line);
        float share = line > 2.0 ? vStats.x : line > 1.0 ? vStats.y : vStats.z;
        vec3 full = line > 2.0 ? vec3(0.86, 0.30, 0.27) : line > 1.0 ? vec3(0.93, 0.70, 0.16) : vec3(0.22, 0.60, 0.92);
        float rim = step(0.16, within) * step(within, 0.9) * step(0.025, vAt.x) * step(vAt.x, 0.975);
        vec3 color = mix(vec3(0.07, 0.07, 0.10), full, step((vAt.x - 0.025) / 0.95, share) * rim);
        color *= 1.0 + 0.25 * rim * step(0.55, within);
        gl_FragColor = vec4(color, vSeen * mix(0.72, 0.96, rim));
      }`,
  });
}
