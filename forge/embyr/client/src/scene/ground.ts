// What many shaders look up: the land's masks, heights and cover, and the noise.
import {
  DataTexture,
  DataUtils,
  HalfFloatType,
  LinearFilter,
  LinearMipmapLinearFilter,
  RedFormat,
  RepeatWrapping,
  RGBAFormat,
  UnsignedByteType,
} from "three";
import {
  CRYSTAL,
  FOREST,
  FRAGMENT,
  HERB,
  ORE,
  OTHER,
  SCRUB,
  SLAG,
  STUMP,
  TREE,
  WEEDS,
} from "../net/tiles";
import { FAR, type Field } from "./field";
import { noisePixels } from "./noise";
import type { Uniforms } from "./patch";

/** What covers each kind of tile: forest floor, dry ground, and broken rock, 0 … 255 each. */
const COVER: Record<number, [number, number, number]> = {
  [FOREST]: [255, 0, 0],
  [SCRUB]: [0, 255, 0],
  [OTHER]: [0, 255, 0],
  [ORE]: [0, 40, 255],
  [SLAG]: [0, 110, 200],
  [TREE]: [170, 0, 0],
  [STUMP]: [110, 90, 0],
  [CRYSTAL]: [0, 0, 230],
  [FRAGMENT]: [0, 60, 170],
  [HERB]: [90, 0, 0],
  [WEEDS]: [0, 120, 0],
};
const BARE = [0, 0, 0];
const COVERS = BARE.length;

/** Textures of one map. */
export class Ground {
  readonly masks: DataTexture;
  readonly heights: DataTexture;
  readonly cover: DataTexture;
  readonly uniforms: Uniforms;
  private readonly target: Uint8Array;
  private readonly shown: Uint8Array;
  private moving: Set<number> = new Set();

  constructor(field: Field, tiles: Uint8Array, noise: DataTexture) {
    const { size, side } = field;
    this.masks = texture(maskPixels(field), size);
    this.heights = heightTexture(field);
    this.target = new Uint8Array(side * side * COVERS);
    this.shown = new Uint8Array(side * side * 4);
    this.cover = texture(this.shown, side);
    for (let index = 0; index < tiles.length; index++) this.set(index, tiles[index]);
    this.settle();
    this.uniforms = {
      uMasks: { value: this.masks },
      uHeights: { value: this.heights },
      uCover: { value: this.cover },
      uNoise: { value: noise },
      uSide: { value: side },
      uGrid: { value: field.per },
    };
  }

  /** Say what kind of tile there is now. */
  set(index: number, kind: number): void {
    this.target.set(COVER[kind] ?? BARE, COVERS * index);
    this.moving.add(index);
  }

  /** Let the ground's colour follow what grows on it, a step at a time. */
  follow(): void {
    if (this.moving.size === 0) return;
    for (const index of this.moving) {
      let rest = 0;
      for (let k = 0; k < COVERS; k++) {
        const want = this.target[COVERS * index + k];
        const at = 4 * index + k;
        const step = want - this.shown[at];
        this.shown[at] += Math.abs(step) < 12 ? step : Math.trunc(step * 0.3);
        rest += Math.abs(want - this.shown[at]);
      }
      if (rest === 0) this.moving.delete(index);
    }
    this.cover.needsUpdate = true;
  }

  /** Show at once what is there. */
  settle(): void {
    for (const index of this.moving) {
      for (let k = 0; k < COVERS; k++) {
        this.shown[4 * index + k] = this.target[COVERS * index + k];
      }
    }
    this.moving.clear();
    this.cover.needsUpdate = true;
  }

  dispose(): void {
    this.masks.dispose();
    this.heights.dispose();
    this.cover.dispose();
  }
}

function texture(pixels: Uint8Array, side: number): DataTexture {
  const made = new DataTexture(pixels, side, side, RGBAFormat, UnsignedByteType);
  made.magFilter = made.minFilter = LinearFilter;
  made.needsUpdate = true;
  return made;
}

function maskPixels(field: Field): Uint8Array {
  const { size } = field;
  const pixels = new Uint8Array(size * size * 4);
  for (let k = 0; k < size * size; k++) {
    pixels[4 * k] = 255 * field.water[k];
    pixels[4 * k + 1] = 255 * field.stone[k];
    pixels[4 * k + 2] = 255 * field.lava[k];
    pixels[4 * k + 3] = (255 * field.shore[k]) / FAR;
  }
  return pixels;
}

function heightTexture(field: Field): DataTexture {
  const { size, height } = field;
  const halves = Uint16Array.from(height, y => DataUtils.toHalfFloat(y));
  const made = new DataTexture(halves, size, size, RedFormat, HalfFloatType);
  made.magFilter = made.minFilter = LinearFilter;
  made.needsUpdate = true;
  return made;
}

/** Make the noise, `side` pixels wide; `anisotropy` keeps what is seen at a low angle sharp. */
export function noiseTexture(side: number, anisotropy: number): DataTexture {
  const made = texture(noisePixels(side), side);
  made.wrapS = made.wrapT = RepeatWrapping;
  made.minFilter = LinearMipmapLinearFilter;
  made.generateMipmaps = true;
  made.anisotropy = anisotropy;
  return made;
}

/** GLSL that looks the ground up; places are in tiles, from the middle of the map. */
export const GROUND = /* glsl */ `
uniform sampler2D uMasks, uHeights, uCover, uNoise;
uniform float uSide, uGrid;
vec2 gridUv(vec2 at) { return ((at + 0.5 * uSide) * uGrid + 0.5) / (uSide * uGrid + 1.0); }
vec2 tileUv(vec2 at) { return at / uSide + 0.5; }
float groundAt(vec2 at) { return texture2D(uHeights, gridUv(at)).r; }
`;
