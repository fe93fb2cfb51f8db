// Trees that are eaten and grow back, bushes, grass and rocks: one draw call each, or one for each block
// of a wide map, so that only those in the picture are drawn.
import {
  type BufferAttribute,
  type BufferGeometry,
  type Camera,
  DoubleSide,
  DynamicDrawUsage,
  FrontSide,
  Frustum,
  InstancedBufferGeometry,
  InstancedInterleavedBuffer,
  InterleavedBufferAttribute,
  Matrix4,
  Mesh,
  MeshLambertMaterial,
  Sphere,
  Vector3,
} from "three";
import { FOREST, SCRUB } from "../net/tiles";
import type { Field } from "./field";
import { GROUND, type Ground } from "./ground";
import { fbm } from "./noise";
import { glslPalette, tone } from "./palette";
import { type Lines, patch, type Shared, shadowOf } from "./patch";
import { boulder, broadleaf, bush, conifer, tuft } from "./plants";
import { RESOURCES } from "./resources";
import {
  BLOCK,
  blocks,
  boulders,
  bushes,
  type Order,
  reefs,
  type Scattered,
  scatter,
  trees,
  tufts,
  WIDE,
} from "./scatter";
import { among, PIECE } from "./still";

const STONE = [tone("stone").multiplyScalar(0.8), tone("stoneLight").multiplyScalar(1.1)];

/** Faces of all plants and rocks that are drawn of a wide map, at most, without a graphics card. */
const FACES = 160_000;
/** How much larger a plant is drawn, at most, where it stands for others that are left out. */
const LARGEST = 2.4;

/** How far away tufts of grass are seen, in tiles. */
const TUFTS_SEEN = 60;

/** Seconds in which a tree is gone, and in which it is back. */
export const FALL = 0.7;
export const RISE = 1.6;

/** What a shader needs of each thing, beside the shape: columns of four numbers. */
type Columns = { [name: string]: InstancedInterleavedBuffer };

function column(numbers: Float32Array): InstancedInterleavedBuffer {
  return new InstancedInterleavedBuffer(numbers, 4);
}

/** Put a shape wherever something of it stands: a mesh for each block that holds any. */
function spread(
  shape: BufferGeometry,
  { starts }: Scattered,
  columns: Columns,
  { middles }: Order,
  make: (geometry: BufferGeometry) => Mesh,
): Mesh[] {
  const meshes: Mesh[] = [];
  for (const [block, [x, z]] of middles.entries()) {
    const count = starts[block + 1] - starts[block];
    if (count === 0) continue;
    const geometry = new InstancedBufferGeometry();
    for (const name of Object.keys(shape.attributes)) {
      geometry.setAttribute(name, shape.getAttribute(name) as BufferAttribute);
    }
    geometry.setIndex(shape.getIndex());
    for (const [name, buffer] of Object.entries(columns)) {
      const part = new InterleavedBufferAttribute(buffer, 4, 4 * starts[block]);
      geometry.setAttribute(name, part);
    }
    geometry.instanceCount = count;
    geometry.boundingSphere = new Sphere(new Vector3(x, 0, z), BLOCK * Math.SQRT1_2 + 4);
    const mesh = make(geometry);
    mesh.frustumCulled = middles.length > 1;
    mesh.userData.count = count;
    meshes.push(mesh);
  }
  return meshes;
}

const HEAD = /* glsl */ `
attribute vec4 aPlace, aLook;
uniform float uTime, uLow, uThin; uniform vec3 uEye;
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
  stand *= aLook.x * grown * uThin * (1.0 + spring) * (1.0 - 0.6 * uLow);
  stand.xz = turned(stand.xz, aPlace.w);
  float wind = sin(uTime * 1.3 + aPlace.x * 0.35 + aPlace.z * 0.22) + 0.5 * sin(uTime * 2.9 + aPlace.z);
  stand.xz += stand.y * (vec2(aLook.z, -aLook.z) + vec2(0.021, 0.012) * wind + shiver);
  transformed = stand + aPlace.xyz;
`;

const TINTS = glslPalette(["autumn", "leafSunny", "grass", "grassSunny", "grassDeep"]);

/** What grows on wood tiles, and is there or not as the tile is forest or scrub. */
class Growing {
  readonly meshes: Mesh[];
  private readonly growth: InstancedInterleavedBuffer;
  /** What of it has changed since it was last handed over. */
  private changed = { from: Infinity, to: 0 };

  constructor(
    shape: BufferGeometry,
    private readonly things: Scattered,
    private readonly kind: number,
    tiles: Uint8Array,
    order: Order,
    shared: Shared,
    color: string,
    key: string,
    flat: boolean,
    more: { motion?: string; light?: string } = {},
  ) {
    this.growth = column(new Float32Array(4 * things.count)).setUsage(DynamicDrawUsage);
    this.growth.onUpload(() => {
      this.changed = { from: Infinity, to: 0 };
    });
    const lines: Lines = {
      uniforms: shared,
      vertexHead: `${HEAD} attribute vec4 aGrowth; varying float vTint; varying vec2 vAt;`,
      ...(flat ? {} : { fragmentNormal: NO_DARK_SIDE }),
      position: `${GROW} ${more.motion ?? ""} vTint = aLook.y; vAt = aPlace.xz;`,
      fragmentHead: `varying float vTint; varying vec2 vAt; ${TINTS}`,
      color,
      ...(more.light === undefined ? {} : { light: more.light }),
    };
    const look = { vertexColors: true, side: flat ? FrontSide : DoubleSide };
    const material = patch(new MeshLambertMaterial(look), key, lines);
    const shadow = shadowOf(key, lines);
    const columns = { aPlace: column(things.place), aLook: column(things.look) };
    this.meshes = spread(shape, things, { ...columns, aGrowth: this.growth }, order, geometry => {
      const mesh = new Mesh(geometry, material);
      mesh.customDepthMaterial = shadow;
      mesh.castShadow = mesh.receiveShadow = true;
      return mesh;
    });
    for (let index = 0; index < tiles.length; index++) this.set(index, tiles[index], -100);
  }

  /** Say what kind of tile there is from that time on [seconds]. */
  set(index: number, kind: number, time: number): void {
    const { first, many } = this.things;
    const [from, to] = [first[index], first[index] + many[index]];
    if (from === to) return;
    const growth = this.growth.array as Float32Array;
    const want = kind === this.kind ? 1 : 0;
    for (let n = from; n < to; n++) {
      growth[4 * n + 1] = time < 0 ? want : growth[4 * n + 2];
      growth[4 * n] = time + (time < 0 ? 0 : 0.15 * (n - from));
      growth[4 * n + 2] = want;
    }
    // One stretch, since each costs as much as a long one.
    const { changed } = this;
    changed.from = Math.min(changed.from, from);
    changed.to = Math.max(changed.to, to);
    this.growth.clearUpdateRanges();
    this.growth.addUpdateRange(4 * changed.from, 4 * (changed.to - changed.from));
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
  private readonly tufts: Mesh[] = [];
  /** Whether only so many are drawn as the processor can draw. */
  private readonly sparse: boolean;
  private readonly frustum = new Frustum();
  private readonly matrix = new Matrix4();

  /** `bare` leaves out grass and draws trees with few faces. */
  constructor(
    field: Field,
    tiles: Uint8Array,
    ground: Ground,
    private readonly shared: Shared,
    bare: boolean,
  ) {
    const { side } = field;
    const plain = bare || side > WIDE;
    const order = blocks(side);
    this.sparse = bare && side > WIDE;
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
    ) => new Growing(shape, things, kind, tiles, order, shared, color, key, flat);
    const leaf = TREE_COLOR.replace("WARM", "0.85");
    const needle = TREE_COLOR.replace("WARM", "0.0");
    this.growing = [
      grow(conifer(plain), trees(field, tiles, order, pine), FOREST, needle, "conifer"),
      grow(
        broadleaf(plain),
        trees(field, tiles, order, k => !pine(k)),
        FOREST,
        leaf,
        "broadleaf",
      ),
      grow(bush(), bushes(field, tiles, order), SCRUB, "", "bush", false),
    ];
    const woods = [PIECE.conifers, PIECE.broadleaves, PIECE.bushes];
    for (const [k, { meshes }] of this.growing.entries()) {
      for (const mesh of meshes) this.meshes.push(among(woods[k], mesh));
    }
    for (const [key, { kind, other, many, recipe, ...look }] of Object.entries(RESOURCES)) {
      const count = (on: number) => (on === kind || on === other ? many : 0);
      const things = scatter(field, tiles, order, { ...recipe, count });
      if (things.count === 0) continue;
      const glow = `outgoingLight += diffuseColor.rgb * ${(look.glow ?? 0).toFixed(2)};`;
      const made = new Growing(
        look.shape(plain),
        things,
        kind,
        tiles,
        order,
        shared,
        "diffuseColor.rgb *= 0.9 + 0.2 * fract(vTint * 5.7);",
        key,
        look.solid,
        { ...(look.motion === undefined ? {} : { motion: look.motion }), light: glow },
      );
      this.growing.push(made);
      for (const mesh of made.meshes) this.meshes.push(among(look.piece, mesh));
    }
    if (!bare) this.tufts = makeTufts(tufts(field, tiles, order), order, ground, shared);
    this.meshes.push(...this.tufts);
    for (const half of [0, 1]) {
      const shape = boulder(31 + 7 * half, STONE[0], STONE[1], bare);
      this.meshes.push(...makeBoulders(shape, boulders(field, tiles, order, half), order, shared));
    }
    const basalt = boulder(45, tone("lava").lerp(tone("basalt"), 0.6), tone("basalt"), bare);
    this.meshes.push(...makeBoulders(basalt, reefs(field, tiles, order), order, shared));
  }

  /** Leave out what is too small to be seen from a camera at that distance, or too much. */
  seenFrom(distance: number, camera: Camera): void {
    for (const mesh of this.tufts) mesh.visible = distance < TUFTS_SEEN;
    if (!this.sparse) return;
    camera.updateMatrixWorld();
    this.matrix.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    this.frustum.setFromProjectionMatrix(this.matrix);
    let faces = 0;
    for (const mesh of this.meshes) {
      if (!this.frustum.intersectsObject(mesh)) continue;
      faces += (mesh.userData.count * (mesh.geometry.getIndex()?.count ?? 0)) / 3;
    }
    const share = Math.min(1, FACES / Math.max(1, faces));
    this.shared.uThin.value = Math.min(LARGEST, 1 / Math.sqrt(share));
    for (const mesh of this.meshes) {
      const drawn = Math.ceil(share * mesh.userData.count);
      (mesh.geometry as InstancedBufferGeometry).instanceCount = drawn;
    }
  }

  /** Say what kind of tile there is from that time on [seconds]. */
  set(index: number, kind: number, time: number): void {
    for (const growing of this.growing) growing.set(index, kind, time);
  }
}

function makeTufts(things: Scattered, order: Order, ground: Ground, shared: Shared): Mesh[] {
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
  const look = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide });
  const material = patch(look, "tuft", lines);
  const columns = { aPlace: column(things.place), aLook: column(things.look) };
  return spread(tuft(), things, columns, order, geometry => {
    const mesh = among(PIECE.bushes, new Mesh(geometry, material));
    mesh.receiveShadow = true;
    return mesh;
  });
}

function makeBoulders(
  shape: BufferGeometry,
  things: Scattered,
  order: Order,
  shared: Shared,
): Mesh[] {
  const lines: Lines = {
    uniforms: shared,
    common: "varying float vTint;",
    vertexHead: HEAD,
    position: /* glsl */ `
      vec3 stand = transformed * aLook.x * uThin * vec3(1.0, 0.75 + 0.6 * aLook.y, 1.0);
      stand.xz = turned(stand.xz, aPlace.w);
      transformed = stand + aPlace.xyz; vTint = aLook.y;`,
    color: "diffuseColor.rgb *= 0.72 + 0.3 * vTint;",
  };
  const material = patch(new MeshLambertMaterial({ vertexColors: true }), "boulder", lines);
  const shadow = shadowOf("boulder", lines);
  const columns = { aPlace: column(things.place), aLook: column(things.look) };
  return spread(shape, things, columns, order, geometry => {
    const mesh = among(PIECE.rocks, new Mesh(geometry, material));
    mesh.customDepthMaterial = shadow;
    mesh.castShadow = mesh.receiveShadow = true;
    return mesh;
  });
}
