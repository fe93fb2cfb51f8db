// Shapes of what is harvested, and of what is left of it: ore, trees, crystals, herbs, fish.
import { type BufferGeometry, Vector3 } from "three";
import { CRYSTAL, FISH, FRAGMENT, HERB, OCEAN, ORE, SLAG, STUMP, TREE, WEEDS } from "../net/tiles";
import { hash } from "./noise";
import { tone } from "./palette";
import type { Recipe } from "./scatter";
import { type Bend, fade, jitter, type Paint, Shape } from "./shapes";
import { PIECE } from "./still";

/** How something looks that stands on a kind of tile, and is gone where the tile is another. */
export interface Resource {
  kind: number;
  /** The other kind that these tiles can be. */
  other: number;
  shape: (plain: boolean) => BufferGeometry;
  /** Among which of what hardly moves it is drawn. */
  piece: number;
  /** Whether its faces are seen from one side and have a dark one; blades have neither. */
  solid: boolean;
  recipe: Omit<Recipe, "count">;
  /** How many stand on a tile. */
  many: number;
  /** GLSL that moves it, once it stands: changes `transformed`. */
  motion?: string;
  /** How much of its own colour it gives off, 0 … 1. */
  glow?: number;
}

const UP = new Vector3(0, 1, 0);

/** Lean a shape over, and put its foot somewhere. */
function planted(x: number, z: number, lean: number, turn: number, size: number): Bend {
  const axis = new Vector3(Math.cos(turn), 0, Math.sin(turn));
  return point => {
    point.multiplyScalar(size).applyAxisAngle(axis, lean);
    point.x += x;
    point.z += z;
  };
}

/** Rock with seams of ore, about 1 wide. */
function seams(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const rough = jitter(0.42, 71);
  const [rock, light] = [tone("oreRock").multiplyScalar(0.8), tone("oreRock").multiplyScalar(1.35)];
  const stone = fade(rock, light, -0.2, 0.55);
  shape.ball(plain ? 0 : 1, stone, point => {
    rough(point);
    point.multiply(new Vector3(0.52, 0.6, 0.46));
  });
  const [ore, bright] = [tone("ore"), tone("oreBright")];
  const count = plain ? 4 : 9;
  for (let k = 0; k < count; k++) {
    // Along two bands around the rock.
    const angle = k * 2.4;
    const high = 0.14 + 0.13 * (k % 4);
    const away = 0.5 - 0.32 * high;
    const size = 0.085 + 0.05 * hash(k, 3, 72);
    const uneven = jitter(0.5, 80 + k);
    shape.ball(0, fade(ore, bright, high - 0.06, high + 0.1), point => {
      uneven(point);
      point.multiplyScalar(size);
      point.add(new Vector3(Math.cos(angle) * away, high, Math.sin(angle) * away * 0.88));
    });
  }
  return shape.build();
}

/** What is left of ore: low, dark lumps. */
function slag(): BufferGeometry {
  const shape = new Shape();
  const paint = fade(tone("slag").multiplyScalar(0.7), tone("slag").multiplyScalar(1.3), 0, 0.25);
  for (let k = 0; k < 4; k++) {
    const rough = jitter(0.5, 90 + k);
    const [x, z] = [Math.cos(k * 1.7) * 0.3, Math.sin(k * 1.7) * 0.28];
    shape.ball(0, paint, point => {
      rough(point);
      point.multiply(new Vector3(0.2, 0.13, 0.18));
      point.add(new Vector3(x, 0.04, z));
    });
  }
  return shape.build();
}

/** A tall tree with a pale stem and a slender, bright crown, 1 high: unlike those of forests. */
function tallTree(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const bark = tone("birch");
  const dark = tone("dark");
  const rings: Paint = point => (Math.round(point.y * 40) % 5 === 0 ? dark : bark);
  const sides = plain ? 4 : 6;
  for (let k = 0; k < 4; k++) {
    const [low, high] = [k * 0.11, (k + 1) * 0.11];
    shape.ring({ y: low, r: 0.055 - 0.006 * k }, { y: high, r: 0.049 - 0.006 * k }, sides, rings);
  }
  const heaps = [
    { x: 0, y: 0.68, z: 0, r: 0.2, tall: 1.75 },
    { x: 0.09, y: 0.5, z: 0.06, r: 0.15, tall: 1.2 },
    { x: -0.09, y: 0.54, z: -0.05, r: 0.14, tall: 1.3 },
  ].slice(0, plain ? 1 : 3);
  const paint = fade(tone("crown").multiplyScalar(0.7), tone("crownSunny"), 0.36, 0.98);
  for (const [k, { x, y, z, r, tall }] of heaps.entries()) {
    const rough = jitter(0.26, 120 + k);
    shape.ball(k === 0 && !plain ? 1 : 0, paint, point => {
      rough(point);
      point.multiplyScalar(r);
      point.y *= tall;
      point.add(new Vector3(x, y, z));
    });
  }
  return shape.build();
}

/** A stump with roots, and the light wood of its cut. */
function stump(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const sides = plain ? 5 : 8;
  const bark = fade(tone("birch").multiplyScalar(0.6), tone("birch"), 0, 0.3);
  shape.ring({ y: 0, r: 0.3 }, { y: 0.1, r: 0.2 }, sides, bark);
  shape.ring({ y: 0.1, r: 0.2 }, { y: 0.34, r: 0.18 }, sides, bark);
  const [wood, heart] = [tone("wood"), tone("wood").multiplyScalar(1.25)];
  const cut: Paint = point => (point.x * point.x + point.z * point.z < 0.01 ? heart : wood);
  shape.ring({ y: 0.34, r: 0.18 }, { y: 0.35, r: 0.1 }, sides, () => wood);
  shape.ring({ y: 0.35, r: 0.1 }, { y: 0.355, r: 0 }, sides, cut);
  return shape.build();
}

/** Pointed prisms that stand together: each where it stands, how it leans, its height and width. */
function shards(count: number, height: number, width: number, key: number): BufferGeometry {
  const shape = new Shape();
  for (let k = 0; k < count; k++) {
    const random = (what: number) => hash(k, what, key);
    const away = k === 0 ? 0 : 0.16 + 0.16 * random(1);
    const angle = (k / Math.max(1, count - 1)) * Math.PI * 2 + random(2);
    const tall = k === 0 ? height : height * (0.4 + 0.4 * random(3));
    const thick = width * (k === 0 ? 1 : 0.6 + 0.3 * random(4));
    // Away from the middle.
    const bend = planted(
      Math.cos(angle) * away,
      Math.sin(angle) * away,
      k === 0 ? 0.06 : 0.3 + 0.35 * random(5),
      angle - Math.PI / 2,
      1,
    );
    const paint: Paint = point =>
      tone("crystal").lerp(tone("crystalBright"), Math.min(1, Math.max(0, point.y / height)));
    const shoulder = { y: tall * 0.72, r: thick };
    shape.ring({ y: -0.05, r: thick * 0.8 }, shoulder, 6, paint, bend);
    shape.ring(shoulder, { y: tall, r: 0 }, 6, paint, bend);
  }
  return shape.build();
}

/** A plant with broad leaves and blossoms above them. */
function herb(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const leaf = fade(tone("herb").multiplyScalar(0.55), tone("herb").multiplyScalar(1.5), 0, 0.6);
  const leaves = plain ? 5 : 8;
  for (let k = 0; k < leaves; k++) {
    const angle = (k / leaves) * Math.PI * 2;
    const out = new Vector3(Math.cos(angle), 0, Math.sin(angle));
    const side = new Vector3().crossVectors(UP, out).multiplyScalar(0.15);
    const middle = out.clone().multiplyScalar(0.3).setY(0.32);
    const tip = out
      .clone()
      .multiplyScalar(0.62)
      .setY(0.24 + 0.12 * (k % 3));
    const foot = new Vector3();
    shape.face(foot, middle.clone().add(side), middle.clone().sub(side), leaf);
    shape.face(middle.clone().sub(side), middle.clone().add(side), tip, leaf);
  }
  const petals = fade(tone("petal"), tone("petalBright"), 0.62, 1);
  const blossoms = plain ? 2 : 4;
  for (let k = 0; k < blossoms; k++) {
    const [x, z] = [Math.cos(k * 1.9) * 0.17, Math.sin(k * 1.9) * 0.17];
    const y = 0.66 + 0.1 * (k % 3);
    const thin = new Vector3(0.02, 0, 0.02);
    const foot = new Vector3(x * 0.3, 0, z * 0.3);
    const head = new Vector3(x, y, z);
    shape.face(foot.clone().sub(thin), head, foot.clone().add(thin), leaf);
    const uneven = jitter(0.4, 140 + k);
    shape.ball(0, petals, point => {
      uneven(point);
      point.multiply(new Vector3(0.12, 0.09, 0.12));
      point.add(head);
    });
  }
  return shape.build(true);
}

/** What is left of a herb: low blades, dry at their tips. */
function weeds(): BufferGeometry {
  const shape = new Shape();
  const paint = fade(tone("herb").multiplyScalar(0.7), tone("weed"), 0.05, 0.5);
  for (let k = 0; k < 7; k++) {
    const angle = k * 2.4;
    const out = new Vector3(Math.cos(angle), 0, Math.sin(angle));
    const side = new Vector3().crossVectors(UP, out).multiplyScalar(0.07);
    const foot = out.clone().multiplyScalar(0.12);
    const tip = out
      .clone()
      .multiplyScalar(0.42)
      .setY(0.3 + 0.16 * (k % 3));
    shape.face(foot.clone().sub(side), tip, foot.clone().add(side), paint);
  }
  return shape.build(true);
}

/** A fish, 1 long, that looks along x. */
function fish(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const scales = fade(tone("fishBelly"), tone("fish"), -0.06, 0.1);
  shape.ball(plain ? 0 : 1, scales, point => {
    const slim = point.x < 0 ? 1 + 0.55 * point.x : 1;
    point.multiply(new Vector3(0.36, 0.17 * slim, 0.12 * slim));
  });
  const fin: Paint = () => tone("fish").multiplyScalar(0.8);
  const tail = new Vector3(-0.28, 0, 0);
  for (const high of [-0.17, 0.19]) {
    shape.face(tail, new Vector3(-0.54, high, 0), new Vector3(-0.42, 0, 0), fin);
  }
  shape.face(
    new Vector3(0.12, 0.14, 0),
    new Vector3(-0.14, 0.14, 0),
    new Vector3(-0.1, 0.3, 0),
    fin,
  );
  return shape.build(true);
}

/** Fish go round under the water, and leap now and then. */
const SWIM = /* glsl */ `
  float way = uTime * (0.5 + 0.5 * fract(aLook.y * 5.1)) + aPlace.w;
  float beat = uTime * 0.55 + aLook.y * 37.0;
  float leap = max(0.0, sin(beat) - 0.82) * 5.5;
  vec3 body = (transformed - aPlace.xyz);
  body.xz = turned(body.xz, -aPlace.w);
  body.z += body.x * 0.22 * sin(uTime * 9.0 + body.x * 6.0 + aLook.y * 20.0);
  float pitch = leap > 0.0 ? cos(beat) * 3.0 : 0.0;
  body.xy = turned(body.xy, clamp(pitch, -0.9, 0.9));
  body.xz = turned(body.xz, way + 1.5708);
  transformed = aPlace.xyz + body + vec3(cos(way), 0.0, sin(way)) * 0.24;
  transformed.y += leap * 0.42 * grown;
`;

/** Everything that stands on resources and on what is left of them. */
export const RESOURCES: Record<string, Resource> = {
  ore: {
    kind: ORE,
    other: SLAG,
    shape: seams,
    piece: PIECE.rocks,
    solid: true,
    many: 2,
    recipe: { size: key => 0.55 + 0.35 * key, spread: 0.3, key: 211, sink: 0.06 },
    glow: 0.12,
  },
  slag: {
    kind: SLAG,
    other: ORE,
    shape: slag,
    piece: PIECE.rocks,
    solid: true,
    many: 2,
    recipe: { size: key => 0.5 + 0.3 * key, spread: 0.28, key: 212, sink: 0.04 },
  },
  tree: {
    kind: TREE,
    other: STUMP,
    shape: tallTree,
    piece: PIECE.broadleaves,
    solid: true,
    many: 1,
    recipe: { size: key => 1.9 + 0.5 * key, spread: 0.25, key: 213, sink: 0.02 },
  },
  stump: {
    kind: STUMP,
    other: TREE,
    shape: stump,
    piece: PIECE.broadleaves,
    solid: true,
    many: 1,
    // Where the tree stood.
    recipe: { size: key => 0.7 + 0.2 * key, spread: 0.25, key: 213, sink: 0.03 },
  },
  crystal: {
    kind: CRYSTAL,
    other: FRAGMENT,
    shape: plain => shards(plain ? 4 : 6, 1, 0.15, 151),
    piece: PIECE.rocks,
    solid: true,
    many: 1,
    recipe: { size: key => 0.85 + 0.35 * key, spread: 0.2, key: 214, sink: 0.02 },
    glow: 0.55,
  },
  fragment: {
    kind: FRAGMENT,
    other: CRYSTAL,
    shape: () => shards(4, 0.28, 0.09, 157),
    piece: PIECE.rocks,
    solid: true,
    many: 2,
    recipe: { size: key => 0.7 + 0.3 * key, spread: 0.26, key: 215, sink: 0 },
    glow: 0.2,
  },
  herb: {
    kind: HERB,
    other: WEEDS,
    shape: herb,
    piece: PIECE.bushes,
    solid: false,
    many: 3,
    recipe: { size: key => 0.4 + 0.18 * key, spread: 0.28, key: 216, sink: 0.02 },
    glow: 0.1,
  },
  weeds: {
    kind: WEEDS,
    other: HERB,
    shape: weeds,
    piece: PIECE.bushes,
    solid: false,
    many: 3,
    recipe: { size: key => 0.35 + 0.15 * key, spread: 0.3, key: 217, sink: 0.02 },
  },
  fish: {
    kind: FISH,
    other: OCEAN,
    shape: fish,
    piece: PIECE.bushes,
    solid: false,
    many: 2,
    recipe: { size: key => 0.6 + 0.2 * key, spread: 0.12, key: 218, sink: -0.02, afloat: true },
    motion: SWIM,
    glow: 0.25,
  },
};
