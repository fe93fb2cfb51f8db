// The land: one mesh with smooth shores, coloured by what it is made of.
import {
  BufferAttribute,
  BufferGeometry,
  type DataTexture,
  Mesh,
  MeshLambertMaterial,
  Sphere,
  Vector3,
} from "three";
import { blur, type Field } from "./field";
import { GROUND, type Ground } from "./ground";
import { glslPalette } from "./palette";
import { patch, type Shared, type Uniforms } from "./patch";
import { WIDE } from "./scatter";
import { DIM, MARKS, MARKS_HEAD, type MarkUniforms } from "./sight";

/** Uniforms of the overlay: its texture, and how it is shown. */
export interface OverlayUniforms extends Uniforms {
  uOverlay: { value: DataTexture | null };
  /** 0: not shown. */
  uOverlayOpacity: { value: number };
}

export function overlayUniforms(): OverlayUniforms {
  return { uOverlay: { value: null }, uOverlayOpacity: { value: 0 } };
}

/** Samples on a side of a block of a wide map. */
const BLOCK = 96;

/** What all blocks of the land have in common: a corner for each sample of the field. */
function corners(field: Field): BufferGeometry {
  const { size, per, side, height } = field;
  const positions = new Float32Array(size * size * 3);
  const normals = new Float32Array(size * size * 3);
  const soft = blur(height, size, per);
  const cavity = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let col = 0; col < size; col++) {
      const at = row * size + col;
      positions.set([col / per - side / 2, height[at], row / per - side / 2], 3 * at);
      const dx = slope(height, size, row, col, 0, 1) * per;
      const dz = slope(height, size, row, col, 1, 0) * per;
      const length = Math.hypot(dx, 1, dz);
      normals.set([-dx / length, 1 / length, -dz / length], 3 * at);
      cavity[at] = soft[at] - height[at];
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  geometry.setAttribute("normal", new BufferAttribute(normals, 3));
  geometry.setAttribute("cavity", new BufferAttribute(cavity, 1));
  return geometry;
}

/** A part of the land, whose corners are joined more or less finely. */
export class Block {
  readonly mesh: Mesh;
  /** By stride. All share the corners: three.js frees a geometry's own index alone. */
  private readonly geometries = new Map<number, BufferGeometry>();
  private readonly reach: Sphere;

  constructor(
    private readonly field: Field,
    private readonly corners: BufferGeometry,
    material: MeshLambertMaterial,
    private readonly top: number,
    private readonly left: number,
    private readonly length: number,
  ) {
    const middle = (from: number) => (from + length / 2) / field.per - field.side / 2;
    const reach = (length / field.per) * Math.SQRT1_2 + 4;
    this.reach = new Sphere(new Vector3(middle(left), 0, middle(top)), reach);
    this.mesh = new Mesh(this.joined(1), material);
    this.mesh.receiveShadow = true;
    this.mesh.castShadow = true;
  }

  /** Join every so many corners by faces. */
  join(stride: number): void {
    this.mesh.geometry = this.joined(stride);
  }

  private joined(stride: number): BufferGeometry {
    const known = this.geometries.get(stride);
    if (known !== undefined) return known;
    const { corners, field, top, left, length } = this;
    const geometry = new BufferGeometry();
    for (const name of Object.keys(corners.attributes)) {
      geometry.setAttribute(name, corners.getAttribute(name));
    }
    geometry.setIndex(new BufferAttribute(faces(field, top, left, length, stride), 1));
    geometry.boundingSphere = this.reach;
    this.geometries.set(stride, geometry);
    return geometry;
  }

  /** Free what was joined; the material is the land's. */
  dispose(): void {
    for (const geometry of this.geometries.values()) geometry.dispose();
  }
}

function slope(
  height: Float32Array,
  size: number,
  row: number,
  col: number,
  dr: number,
  dc: number,
): number {
  const [r0, r1] = [Math.max(0, row - dr), Math.min(size - 1, row + dr)];
  const [c0, c1] = [Math.max(0, col - dc), Math.min(size - 1, col + dc)];
  const run = r1 - r0 + (c1 - c0);
  return (height[r1 * size + c1] - height[r0 * size + c0]) / run;
}

/** List the corners of a block's faces; cells deep in lava are left out, as nobody sees them. */
function faces(
  { size, lava }: Field,
  top: number,
  left: number,
  length: number,
  stride: number,
): Uint32Array {
  const index: number[] = [];
  const last = size - 1;
  for (let row = top; row < Math.min(last, top + length); row += stride) {
    for (let col = left; col < Math.min(last, left + length); col += stride) {
      const [down, right] = [Math.min(last, row + stride), Math.min(last, col + stride)];
      const [a, c] = [row * size + col, row * size + right];
      const [b, d] = [down * size + col, down * size + right];
      if (Math.min(lava[a], lava[c], lava[b], lava[d]) > 0.9) continue;
      // Diagonals alternate, which keeps facets from pointing all one way.
      if (((row + col) / stride) % 2 === 0) index.push(a, b, c, c, b, d);
      else index.push(a, b, d, a, d, c);
    }
  }
  return Uint32Array.from(index);
}

const COLOURS = glslPalette([
  "grassDeep",
  "grass",
  "grassSunny",
  "forestFloor",
  "scrub",
  "sand",
  "wetSand",
  "lakeBed",
  "stone",
  "stoneDark",
  "stoneLight",
  "basalt",
  "lava",
  "lavaHot",
]);

const COLOR = /* glsl */ `
  vec2 at = vPlace.xz;
  vec4 masks = texture2D(uMasks, gridUv(at));
  vec4 broad = vBroad;
  vec4 fine = texture2D(uNoise, at * 0.093 + 0.37);
  vec4 cover = texture2D(uCover, tileUv(at + (fine.rb - 0.5) * 0.9));
  vec4 grain = texture2D(uNoise, at * 0.29 + broad.rb * 0.06);
  float stroke = fine.r * 0.45 + fine.b * 0.25 + grain.a * 0.3;

  // Grass: large patches of light and deep green, with strokes of a finer brush.
  float sunny = smoothstep(0.38, 0.72, broad.r + (stroke - 0.5) * 0.5 + vPlace.y * 0.12);
  vec3 ground = mix(GRASS_DEEP, GRASS, smoothstep(0.15, 0.6, broad.a + (stroke - 0.5) * 0.6));
  ground = mix(ground, GRASS_SUNNY, sunny * 0.75);
  // Dabs, light and dark, as of a brush.
  ground *= 0.88 + 0.24 * smoothstep(0.3, 0.7, grain.b * 0.5 + grain.r * 0.5);
  ground = mix(ground, GRASS_SUNNY, smoothstep(0.62, 0.8, grain.r + (fine.a - 0.5) * 0.4) * 0.35);
  ground = mix(ground, FOREST_FLOOR, cover.r * (0.55 + 0.35 * stroke));
  ground = mix(ground, SCRUB, cover.g * smoothstep(0.25, 0.6, stroke) * 0.85);
  vec3 broken = mix(STONE_DARK, STONE, smoothstep(0.3, 0.7, grain.r * 0.6 + fine.b * 0.4));
  ground = mix(ground, broken * 0.92, cover.b * smoothstep(0.2, 0.55, stroke + 0.1) * 0.9);

  // Shores: grass, dry sand, wet sand, lake bed.
  float low = vPlace.y + (stroke - 0.5) * 0.1;
  float beach = smoothstep(0.06, 0.3, masks.r + (stroke - 0.5) * 0.16);
  ground = mix(ground, SAND * (0.9 + 0.2 * fine.b), beach * smoothstep(0.36, 0.2, low));
  ground = mix(ground, WET_SAND, smoothstep(0.055, -0.01, low) * smoothstep(0.1, 0.3, masks.r));
  ground = mix(ground, LAKE_BED, smoothstep(-0.04, -0.4, vPlace.y) * step(masks.b, 0.2));

  // Stone: strata, lit crests, dark clefts, moss where it is flat.
  rockiness = smoothstep(0.16, 0.42, masks.g + (fine.b - 0.5) * 0.22);
  float strata = 0.5 + 0.3 * sin(vPlace.y * 8.0 + broad.a * 9.0 + at.x * 0.25);
  vec3 rock = mix(STONE_DARK, STONE, smoothstep(0.25, 0.65, strata + (stroke - 0.5) * 0.4));
  rock = mix(rock, STONE_LIGHT, smoothstep(0.55, 0.95, vUp) * smoothstep(0.9, 2.0, vPlace.y));
  rock = mix(rock, GRASS_DEEP, smoothstep(0.78, 0.95, vUp) * smoothstep(0.55, 0.7, broad.a) * 0.6);
  ground = mix(ground, rock, rockiness);

  // The coast falls off in basalt, and takes up the glow from below.
  float coast = smoothstep(0.22, 0.42, masks.b + (fine.b - 0.5) * 0.12);
  ground = mix(ground, BASALT * (0.7 + 0.7 * fine.r), coast);
  float heat = coast * smoothstep(0.15, -0.62, vPlace.y);
  glow = mix(LAVA, LAVA_HOT, heat * 0.4) * heat * heat * 1.3;

  // Light is taken by hollows and under trees, and given to crests.
  ground *= 1.0 - clamp(vCavity * 0.7, -0.16, 0.3) * (1.0 - beach) - 0.16 * cover.r;
  // Shadows of clouds pass.
  ground *= 1.0 - 0.2 * vCloud;
  diffuseColor.rgb = ground;
`;

/**
 * Colours of the overlay, as bright as its legend has them; of the light only the relief is kept.
 * Tiles are plain with soft borders, and fade out where there is nothing.
 */
const OVERLAID = /* glsl */ `
  if (uOverlayOpacity > 0.0) {
    vec2 texel = vPlace.xz + 0.5 * uSide - 0.5;
    vec2 soft = smoothstep(0.2, 0.8, fract(texel));
    vec4 shown = texture2D(uOverlay, (floor(texel) + soft + 0.5) / uSide);
    const vec3 seen = vec3(0.21, 0.72, 0.07);
    float lit = dot(outgoingLight, seen) / max(0.001, dot(diffuseColor.rgb, seen));
    vec3 tint = shown.rgb / max(0.001, shown.a) * mix(0.8, 1.05, clamp(lit, 0.0, 1.0));
    outgoingLight = mix(outgoingLight, tint, smoothstep(0.25, 0.75, shown.a) * uOverlayOpacity);
  }
`;

/** Make the land of one map: one block, or many if it is wide. */
export function makeTerrain(
  field: Field,
  ground: Ground,
  shared: Shared,
  overlay: OverlayUniforms,
  marks: MarkUniforms,
): Block[] {
  const varyings = "varying vec3 vPlace; varying float vCavity, vUp, vCloud; varying vec4 vBroad;";
  const material = patch(new MeshLambertMaterial(), "terrain", {
    uniforms: { ...ground.uniforms, ...shared, ...overlay, ...marks },
    common: `${varyings}${GROUND} uniform float uTime;`,
    vertexHead: "attribute float cavity;",
    // What changes slowly over the land is looked up at its corners only.
    position: `vPlace = transformed; vCavity = cavity; vUp = objectNormal.y;
      vBroad = texture2D(uNoise, transformed.xz * 0.021);
      vec2 drift = uTime * vec2(0.0035, 0.0012);
      vCloud = smoothstep(0.5, 0.68, texture2D(uNoise, transformed.xz * 0.0062 + drift).r);`,
    fragmentHead: `${COLOURS}${MARKS_HEAD} uniform sampler2D uOverlay; uniform float uOverlayOpacity;
      float rockiness; vec3 glow;`,
    color: COLOR,
    // Stone shows its facets.
    fragmentNormal: `vec3 facet = normalize(cross(dFdx(vViewPosition), dFdy(vViewPosition)));
      normal = normalize(mix(normal, facet, 0.85 * rockiness));`,
    light: `outgoingLight += glow; ${OVERLAID} ${DIM} ${MARKS}`,
  });
  const shape = corners(field);
  const { side, size } = field;
  const length = side > WIDE ? BLOCK : size - 1;
  const blocks: Block[] = [];
  for (let top = 0; top < size - 1; top += length) {
    for (let left = 0; left < size - 1; left += length) {
      blocks.push(new Block(field, shape, material, top, left, length));
    }
  }
  return blocks;
}
