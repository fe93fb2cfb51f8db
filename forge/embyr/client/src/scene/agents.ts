// Agents and NPCs: a mesh for agents' figures, one for each kind of NPC and of what agents wear, one
// for all shadows, one for all bars.
import {
  BufferAttribute,
  BufferGeometry,
  type Mesh,
  MeshLambertMaterial,
  ShaderMaterial,
  Vector3,
} from "three";
import { beast, buildOf, KINDS } from "./beast";
import { Crowd, FADE, type Limits } from "./crowd";
import { figure, HIP, PART, SHOULDER, speck, TALL } from "./figure";
import { GROUND, type Ground } from "./ground";
import { Herd } from "./herd";
import { glslPalette } from "./palette";
import { patch, type Shared } from "./patch";
import { Wardrobe } from "./wardrobe";

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

/** What agents wear is drawn as long as the camera is nearer than this [tiles]. */
const GEAR = 60;

/** How large agents are drawn from far away, so that they are still seen. */
export const GROW_FAR = /* glsl */ `
float grownFrom(float far) { return 1.0 + 0.75 * smoothstep(14.0, 95.0, far); }`;

const HEAD = /* glsl */ `
attribute vec4 walk, turn, tint, state, stats, form;
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

/** A beast that strikes leaps forward, head down, and back. */
const STRIKE = /* glsl */ `
  float strike = form.w * sin(3.14159 * clamp((uTime - uBeat.x) / min(uBeat.y, 0.5), 0.0, 1.0));
  transformed.y += strike * (0.14 - 0.3 * max(0.0, transformed.z));
  transformed.z += strike * 0.3;`;

/** How a figure moves: one on two legs, or a beast on four. */
const pose = (hip: number, shoulder: number, tall: number, beast: boolean) => /* glsl */ `
  vec2 at = standing();
  float stride = turn.z * (1.0 - step(0.999, uPhase));
  float beat = uPhase * 6.2831853 + turn.w * 6.0;
  float swing = sin(beat) * 0.75 * stride;
  float limb = part;
  float pivot = limb > 3.5 ? ${shoulder.toFixed(2)} : ${hip.toFixed(2)};
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
  ${beast ? STRIKE : "transformed.z += transformed.y * 0.14 * stride;"}
  // A strike makes it flinch; death lays it down.
  float hit = exp(-(uTime - uBeat.x) * 7.0) * min(1.0, state.z * 0.3);
  transformed.x += transformed.y * hit * 0.35 * sin(uTime * 45.0);
  float dead = deadness();
  float fall = smoothstep(0.0, 0.4, dead) * 1.45;
  transformed.${beast ? "yx" : "yz"} = mat2(cos(fall), -sin(fall), sin(fall), cos(fall)) * transformed.${beast ? "yx" : "yz"};
  float far = distance(uEye, vec3(at.x, 0.0, at.y));
  float born = arrival();
  float size = grownFrom(far) * (tint.w > 0.5 ? 1.0 : born * (1.0 + 0.5 * sin(born * 3.14159)));
  size *= form.y * (1.0 - smoothstep(0.65, 1.0, dead));
  transformed *= size;
  transformed.xz = turned(transformed.xz, facing());
  transformed += vec3(at.x, groundAt(at) + 0.01 - 0.25 * smoothstep(0.5, 1.0, dead), at.y);
  vCloth = part > 0.5 && (part < 1.5 || part > 3.5) ? 1.0 : 0.0;
  vTint = tint.rgb;
  vMood = vec4(state.x > 0.5 && tint.w < 0.5 ? 1.0 : 0.0, state.y * (1.0 - dead), hit, dead);
  vTall = position.y / ${tall.toFixed(2)};
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

/** Room for those who live, and for some of the dead who fade. */
const roomFor = (living: number) => living + Math.min(living, 1024);

export class Agents {
  readonly crowd: Crowd;
  readonly meshes: Mesh[];
  /** All: their shadows and bars, and without NPCs their figures too. */
  private readonly all: Herd;
  /** Agents, then each kind of NPC; none without NPCs. */
  private readonly herds: Herd[] = [];
  private readonly bodies: Mesh[];
  private readonly shadows: Mesh;
  private readonly bars: Mesh;
  /** What stands for bodies far away; null: not where they are few, or a graphics card draws them. */
  private readonly specks: Mesh | null;
  /** What agents wear; null: there are no items, or too many agents to dress them. */
  private readonly wardrobe: Wardrobe | null = null;
  /** Where the camera was as the list of those to draw was made, and how far that reaches. */
  private readonly eye = new Vector3();
  private reach = Infinity;

  constructor(
    limits: Limits,
    maxAgents: number,
    ground: Ground,
    shared: Shared,
    plain: boolean,
    maxNpcs = 0,
  ) {
    const room = roomFor(maxAgents) + roomFor(maxNpcs);
    this.crowd = new Crowd(limits, room);
    const many = maxAgents + maxNpcs > MANY;
    const uniforms = { ...ground.uniforms, ...shared };
    const person = figure(many);
    this.all = new Herd([square(), square(), speck(), ...(maxNpcs > 0 ? [] : [person])], room);
    if (maxNpcs > 0) {
      const beasts = Array.from({ length: KINDS }, (_, kind) => beast(kind, many));
      this.herds = [person, ...beasts].map(shape => new Herd([shape], room));
    }
    const kinds = Array.from({ length: Math.max(1, this.herds.length) }, (_, kind) => kind);
    const materials = kinds.map(kind => bodyMaterial(uniforms, kind));
    this.bodies = materials.map((material, kind) =>
      maxNpcs > 0 ? this.herds[kind].mesh(0, material) : this.all.mesh(3, material),
    );
    for (const mesh of this.bodies) mesh.receiveShadow = true;
    this.shadows = this.all.mesh(0, shadowMaterial(uniforms), 2);
    this.bars = this.all.mesh(1, barMaterial(uniforms), 6);
    this.specks = plain && many ? this.all.mesh(2, materials[0]) : null;
    this.meshes = [...this.bodies, this.shadows, this.bars];
    if (this.specks !== null) this.meshes.push(this.specks);
    if (limits.items !== undefined && !many) {
      this.wardrobe = new Wardrobe(limits.items, roomFor(maxAgents), materials[0]);
      this.meshes.push(...this.wardrobe.meshes);
    }
  }

  /** Fit what is drawn to a camera. */
  seenFrom(distance: number, eye: Vector3): void {
    const { specks } = this;
    this.wardrobe?.show(distance < GEAR);
    if (specks === null) return;
    specks.visible = distance > SPECKS;
    for (const mesh of this.bodies) mesh.visible = !specks.visible;
    this.shadows.visible = distance < SHADOWS;
    this.bars.visible = distance < BARS;
    const reach = Math.max(NEAR, REACH * distance);
    const off = eye.distanceTo(this.eye) + Math.abs(reach - this.reach);
    if (off < 0.2 * reach) return;
    this.eye.copy(eye);
    this.reach = reach;
    this.upload();
  }

  /** Hand over what the crowd has computed; where it is drawn with care, those within reach. */
  upload(): void {
    const { count, now } = this.crowd;
    for (const herd of [this.all, ...this.herds]) herd.count = 0;
    if (this.specks === null) this.all.takeAll(now, count);
    for (let k = 0; k < count; k++) {
      if (this.specks !== null) {
        if (!this.isNear(k)) continue;
        this.all.take(now, k);
      }
      if (this.herds.length > 0) this.herds[now.form[4 * k]].take(now, k);
    }
    for (const herd of [this.all, ...this.herds]) herd.upload();
    this.wardrobe?.dress(this.crowd);
  }

  /** Whether one is within reach of the camera. */
  private isNear(k: number): boolean {
    const { walk } = this.crowd.now;
    const [dx, dz] = [walk[4 * k + 2] - this.eye.x, walk[4 * k + 3] - this.eye.z];
    return dx * dx + dz * dz <= (1.3 * this.reach) ** 2;
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

/** What agents are made of (0), or a kind of NPC. */
function bodyMaterial(uniforms: Given, kind: number): MeshLambertMaterial {
  const build = kind > 0 ? buildOf(kind - 1) : { hip: HIP, tall: TALL };
  return patch(new MeshLambertMaterial({ vertexColors: true }), `agents-${kind}`, {
    uniforms,
    common: "varying vec3 vTint; varying vec4 vMood; varying float vTall, vCloth;",
    vertexHead: `attribute float part; ${HEAD}`,
    position: pose(build.hip, SHOULDER, build.tall, kind > 0),
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
        float size = form.y * grownFrom(distance(uEye, vec3(at.x, 0.0, at.y)));
        vec2 spot = at + (away * (position.y * 0.46 + 0.3) + across * position.x * (form.x > 0.5 ? 0.32 : 0.24)) * size;
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

/** Bars of health, food and water over those near the camera; NPCs have health alone. */
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
        vec4 middle = viewMatrix * vec4(foot + vec3(0.0, form.z * size + 0.22, 0.0), 1.0);
        float lines = form.x > 0.5 ? 1.0 : 3.0;
        middle.xy += position.xy * vec2(0.36, 0.035 * lines) * step(0.01, vSeen);
        vAt = position.xy * 0.5 + 0.5;
        vAt.y = 1.0 - (1.0 - vAt.y) * lines / 3.0;
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
