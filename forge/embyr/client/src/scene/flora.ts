// Trees that are eaten and grow back, bushes, grass and rocks: one draw call each.
import {
  type BufferAttribute,
  type BufferGeometry,
  DoubleSide,
  DynamicDrawUsage,
  FrontSide,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  MeshLambertMaterial,
} from "three";
import { FOREST, SCRUB } from "../net/tiles";
import type { Field } from "./field";
import { GROUND, type Ground } from "./ground";
import { fbm } from "./noise";
import { glslPalette, tone } from "./palette";
import { type Lines, patch, type Shared, shadowOf } from "./patch";
import { boulder, broadleaf, bush, conifer, tuft } from "./plants";
import { boulders, bushes, reefs, type Scattered, trees, tufts } from "./scatter";
import { among, PIECE } from "./still";

const STONE = [tone("stone").multiplyScalar(0.8), tone("stoneLight").multiplyScalar(1.1)];

/** Maps of a longer side have plain trees: there are many, and they are seen from afar. */
const WIDE = 160;

/** How far away tufts of grass are seen, in tiles. */
const TUFTS_SEEN = 60;

/** Seconds in which a tree is gone, and in which it is back. */
export const FALL = 0.7;
export const RISE = 1.6;

/** Put a shape wherever something of it stands. */
export function instanced(shape: BufferGeometry, { place, look, count }: Scattered) {
  const geometry = new InstancedBufferGeometry();
  for (const name of Object.keys(shape.attributes)) {
    geometry.setAttribute(name, shape.getAttribute(name) as BufferAttribute);
  }
  geometry.setIndex(shape.getIndex());
  geometry.setAttribute("aPlace", new InstancedBufferAttribute(place, 4));
  geometry.setAttribute("aLook", new InstancedBufferAttribute(look, 4));
  geometry.instanceCount = count;
  return geometry;
}

const HEAD = /* glsl */ `
attribute vec4 aPlace, aLook;
uniform float uTime, uLow; uniform vec3 uEye;
vec2 turned(vec2 v, float angle) {
  float s = sin(angle), c = cos(angle);
  return vec2(c * v.x - s * v.y, s * v.x + c * v.y);
}`;

/** Blades have no dark side. */
const NO_DARK_SIDE = "normal = normalize(vNormal);";

/** Grows and sways: `grown` is 0 … 1. */
const GROW = /* glsl */ `
  float passed = clamp((uTime - aGrowth.x) / (aGrowth.z > aGrowth.y ? ${RISE.toFixed(1)} : ${FALL.toFixed(1)}), 0.0, 1.0);
  float eased = passed * passed * (3.0 - 2.0 * passed);
  float grown = mix(aGrowth.y, aGrowth.z, eased);
  // Overshoots as it springs up, trembles as it is eaten.
  float spring = sin(passed * 3.14159) * (aGrowth.z > aGrowth.y ? 0.16 : 0.0);
  float shiver = sin(uTime * 40.0 + aLook.y * 9.0) * sin(passed * 3.14159) * 0.06 * step(aGrowth.z, aGrowth.y - 0.5);
  vec3 stand = transformed;
  stand.xz *= 0.75 + 0.5 * fract(aLook.y * 7.3);
  stand *= aLook.x * grown * (1.0 + spring) * (1.0 - 0.6 * uLow);
  stand.xz = turned(stand.xz, aPlace.w);
  float wind = sin(uTime * 1.3 + aPlace.x * 0.35 + aPlace.z * 0.22) + 0.5 * sin(uTime * 2.9 + aPlace.z);
  stand.xz += stand.y * (vec2(aLook.z, -aLook.z) + vec2(0.021, 0.012) * wind + shiver);
  transformed = stand + aPlace.xyz;
`;

const TINTS = glslPalette(["autumn", "leafSunny", "grass", "grassSunny", "grassDeep"]);

/** What grows on wood tiles, and is there or not as the tile is forest or scrub. */
class Growing {
  readonly mesh: Mesh;
  private readonly growth: InstancedBufferAttribute;

  constructor(
    shape: BufferGeometry,
    private readonly things: Scattered,
    private readonly kind: number,
    tiles: Uint8Array,
    shared: Shared,
    color: string,
    key: string,
    flat: boolean,
  ) {
    const geometry = instanced(shape, things);
    const growth = new Float32Array(4 * things.count);
    this.growth = new InstancedBufferAttribute(growth, 4).setUsage(DynamicDrawUsage);
    geometry.setAttribute("aGrowth", this.growth);
    const lines: Lines = {
      uniforms: shared,
      vertexHead: `${HEAD} attribute vec4 aGrowth; varying float vTint; varying vec2 vAt;`,
      ...(flat ? {} : { fragmentNormal: NO_DARK_SIDE }),
      position: `${GROW} vTint = aLook.y; vAt = aPlace.xz;`,
      fragmentHead: `varying float vTint; varying vec2 vAt; ${TINTS}`,
      color,
    };
    const look = { vertexColors: true, side: flat ? FrontSide : DoubleSide };
    const material = patch(new MeshLambertMaterial(look), key, lines);
    this.mesh = new Mesh(geometry, material);
    this.mesh.customDepthMaterial = shadowOf(key, lines);
    this.mesh.castShadow = this.mesh.receiveShadow = true;
    this.mesh.frustumCulled = false;
    for (let index = 0; index < tiles.length; index++) this.set(index, tiles[index], -100);
    this.growth.clearUpdateRanges();
  }

  /** Say what kind of tile there is from that time on [seconds]. */
  set(index: number, kind: number, time: number): void {
    const { first } = this.things;
    const [from, to] = [first[index], first[index + 1]];
    if (from === to) return;
    const growth = this.growth.array as Float32Array;
    const want = kind === this.kind ? 1 : 0;
    for (let n = from; n < to; n++) {
      growth[4 * n + 1] = time < 0 ? want : growth[4 * n + 2];
      growth[4 * n] = time + (time < 0 ? 0 : 0.15 * (n - from));
      growth[4 * n + 2] = want;
    }
    this.growth.addUpdateRange(4 * from, 4 * (to - from));
    this.growth.needsUpdate = true;
  }
}

const TREE_COLOR = /* glsl */ `
  float warm = smoothstep(0.82, 0.98, vTint);
  diffuseColor.rgb *= 0.82 + 0.36 * fract(vTint * 5.7);
  diffuseColor.rgb = mix(diffuseColor.rgb, AUTUMN * (0.35 + 0.9 * diffuseColor.g * 2.0), warm * WARM);
`;

/** Everything that grows or lies on the land of one map. */
export class Flora {
  readonly meshes: Mesh[] = [];
  private readonly growing: Growing[];
  private readonly tufts: Mesh | null;

  /** `bare` leaves out grass and draws trees with few faces. */
  constructor(field: Field, tiles: Uint8Array, ground: Ground, shared: Shared, bare: boolean) {
    const { side } = field;
    const plain = bare || side > WIDE;
    const pine = (index: number) => {
      const [x, z] = [index % side, Math.floor(index / side)];
      return fbm(x * 0.12, z * 0.12, 2, 61) > 0.5;
    };
    const grow = (
      shape: BufferGeometry,
      things: Scattered,
      kind: number,
      color: string,
      key: string,
      flat = true,
    ) => new Growing(shape, things, kind, tiles, shared, color, key, flat);
    const leaf = TREE_COLOR.replace("WARM", "0.85");
    const needle = TREE_COLOR.replace("WARM", "0.0");
    this.growing = [
      grow(conifer(plain), trees(field, tiles, pine), FOREST, needle, "conifer"),
      grow(
        broadleaf(plain),
        trees(field, tiles, k => !pine(k)),
        FOREST,
        leaf,
        "broadleaf",
      ),
      grow(bush(), bushes(field, tiles), SCRUB, "", "bush", false),
    ];
    const woods = [PIECE.conifers, PIECE.broadleaves, PIECE.bushes];
    this.meshes.push(...this.growing.map(({ mesh }, k) => among(woods[k], mesh)));
    this.tufts = bare ? null : makeTufts(tufts(field, tiles), ground, shared);
    if (this.tufts !== null) this.meshes.push(this.tufts);
    for (const half of [0, 1]) {
      const shape = boulder(31 + 7 * half, STONE[0], STONE[1]);
      this.meshes.push(makeBoulders(shape, boulders(field, tiles, half), shared));
    }
    const basalt = boulder(45, tone("lava").lerp(tone("basalt"), 0.6), tone("basalt"));
    this.meshes.push(makeBoulders(basalt, reefs(field, tiles), shared));
  }

  /** Leave out what is too small to be seen from a camera at that distance. */
  seenFrom(distance: number): void {
    if (this.tufts !== null) this.tufts.visible = distance < TUFTS_SEEN;
  }

  /** Say what kind of tile there is from that time on [seconds]. */
  set(index: number, kind: number, time: number): void {
    for (const growing of this.growing) growing.set(index, kind, time);
  }
}

function makeTufts(things: Scattered, ground: Ground, shared: Shared): Mesh {
  const lines: Lines = {
    uniforms: { ...shared, ...ground.uniforms },
    common: "varying float vTint; varying vec2 vAt;",
    vertexHead: HEAD,
    position: /* glsl */ `
      float far = distance(uEye, aPlace.xyz);
      float shown = 1.0 - smoothstep(38.0, ${TUFTS_SEEN.toFixed(1)}, far);
      vec3 stand = transformed * aLook.x * shown * (1.0 - uLow);
      stand.xz = turned(stand.xz, aPlace.w);
      float wind = sin(uTime * 1.9 + aPlace.x * 0.6 + aPlace.z * 0.4);
      stand.xz += stand.y * vec2(0.22, 0.13) * wind;
      transformed = stand + aPlace.xyz; vTint = aLook.y; vAt = aPlace.xz;`,
    fragmentHead: `${GROUND}${TINTS}`,
    fragmentNormal: NO_DARK_SIDE,
    color: /* glsl */ `
      vec4 broad = texture2D(uNoise, vAt * 0.021);
      vec3 blade = mix(GRASS_DEEP, GRASS, broad.a);
      blade = mix(blade, GRASS_SUNNY, smoothstep(0.38, 0.72, broad.r) * 0.75);
      diffuseColor.rgb = blade * (0.75 + 0.5 * vColor.g);
      if (vTint > 0.955 && vColor.g > 0.7) {
        diffuseColor.rgb = vTint > 0.985 ? vec3(0.9, 0.75, 0.2) : vec3(0.95, 0.93, 0.98);
      }`,
  };
  const mesh = new Mesh(
    instanced(tuft(), things),
    patch(new MeshLambertMaterial({ vertexColors: true, side: DoubleSide }), "tuft", lines),
  );
  mesh.receiveShadow = true;
  mesh.frustumCulled = false;
  return mesh;
}

function makeBoulders(shape: BufferGeometry, things: Scattered, shared: Shared): Mesh {
  const lines: Lines = {
    uniforms: shared,
    common: "varying float vTint;",
    vertexHead: HEAD,
    position: /* glsl */ `
      vec3 stand = transformed * aLook.x * vec3(1.0, 0.75 + 0.6 * aLook.y, 1.0);
      stand.xz = turned(stand.xz, aPlace.w);
      transformed = stand + aPlace.xyz; vTint = aLook.y;`,
    color: "diffuseColor.rgb *= 0.72 + 0.3 * vTint;",
  };
  const material = new MeshLambertMaterial({ vertexColors: true });
  const mesh = new Mesh(instanced(shape, things), patch(material, "boulder", lines));
  mesh.customDepthMaterial = shadowOf("boulder", lines);
  mesh.castShadow = mesh.receiveShadow = true;
  mesh.frustumCulled = false;
  return among(PIECE.rocks, mesh);
}
