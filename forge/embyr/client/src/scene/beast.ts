// The figures of NPCs: deer, boars and wolves, low-poly as everything here.
import { type BufferGeometry, Color, Vector3 } from "three";
import { PART } from "./figure";
import { PALETTE } from "./palette";
import { fade, jitter, type Paint, Shape } from "./shapes";

/** What a shader has to know of a body. */
export interface Build {
  /** Height of the figure in tiles, and of the hips, around which legs swing. */
  tall: number;
  hip: number;
}

type Spot = readonly [number, number, number];

/** A body being built, which faces along z. */
export class Body {
  readonly shape = new Shape();

  constructor(private readonly detail: number) {}

  /** Add a round part. */
  lump(middle: Spot, radii: Spot, paint: Paint, part = 0): void {
    const [size, at] = [new Vector3(...radii), new Vector3(...middle)];
    this.shape.ball(this.detail, paint, point => point.multiply(size).add(at), part);
  }

  /** Add a limb from one point to another, which tapers to a share of its width. */
  stick(from: Spot, to: Spot, wide: number, share: number, paint: Paint, part = 0): void {
    const [a, b] = [new Vector3(...from), new Vector3(...to)];
    const along = b.clone().sub(a).normalize();
    const side = new Vector3(0, 0, 1).cross(along);
    if (side.lengthSq() < 0.01) side.set(1, 0, 0);
    side.normalize();
    const up = along.clone().cross(side);
    const corner = (k: number, end: Vector3, r: number) => {
      const angle = ((k % 4) / 4 + 0.125) * Math.PI * 2;
      return end
        .clone()
        .addScaledVector(side, Math.cos(angle) * r)
        .addScaledVector(up, Math.sin(angle) * r);
    };
    for (let k = 0; k < 4; k++) {
      const [c, d] = [corner(k, a, wide), corner(k + 1, a, wide)];
      const [e, f] = [corner(k, b, wide * share), corner(k + 1, b, wide * share)];
      this.shape.face(c, d, e, paint, part);
      this.shape.face(d, f, e, paint, part);
    }
  }

  /** Add four legs; those across from each other swing together. */
  legs(wide: number, long: number, hip: number, thick: number, paint: Paint): void {
    const rough = jitter(0.004, 5);
    for (const x of [-1, 1]) {
      for (const z of [-1, 1]) {
        const foot = new Vector3(x * wide, hip / 2 + 0.03, z * long - 0.02);
        rough(foot);
        const part = x === z ? PART.leftLeg : PART.rightLeg;
        this.shape.box(foot, new Vector3(thick, hip + 0.06, thick * 1.15), paint, part);
      }
    }
  }

  /** Add the same on both sides. */
  both(add: (side: 1 | -1) => void): void {
    add(-1);
    add(1);
  }
}

const tint = (color: string) => new Color(color);
const plain = (color: string): Paint => {
  const known = tint(color);
  return () => known;
};
const DARK = plain(PALETTE.dark);
const IVORY = plain("#f1e6c8");

function deer(body: Body): void {
  const coat = fade(tint("#ecd3a6"), tint("#b06f3a"), 0.36, 0.52);
  body.lump([0, 0.47, -0.03], [0.13, 0.135, 0.28], coat);
  body.lump([0, 0.5, 0.16], [0.105, 0.12, 0.12], coat);
  body.stick([0, 0.52, 0.2], [0, 0.76, 0.33], 0.1, 0.68, plain("#b87a45"));
  body.lump([0, 0.8, 0.38], [0.07, 0.072, 0.125], plain("#c08650"));
  body.lump([0, 0.77, 0.48], [0.04, 0.038, 0.05], plain("#6f4a35"));
  body.lump([0, 0.53, -0.3], [0.055, 0.075, 0.05], IVORY);
  body.both(side => {
    body.stick([side * 0.05, 0.85, 0.32], [side * 0.16, 0.9, 0.28], 0.035, 0.3, plain("#d9ac77"));
    body.stick([side * 0.03, 0.85, 0.34], [side * 0.12, 1.05, 0.26], 0.022, 0.7, IVORY);
    body.stick([side * 0.12, 1.05, 0.26], [side * 0.08, 1.2, 0.33], 0.016, 0.3, IVORY);
    body.stick([side * 0.09, 0.98, 0.29], [side * 0.19, 1.1, 0.36], 0.016, 0.3, IVORY);
    body.shape.box(new Vector3(side * 0.06, 0.82, 0.42), new Vector3(0.025, 0.03, 0.03), DARK);
  });
  body.legs(0.07, 0.18, 0.34, 0.055, fade(tint("#4a3428"), tint("#b87a45"), 0.04, 0.16));
}

function boar(body: Body): void {
  const coat = fade(tint("#a07c62"), tint("#5a3f36"), 0.2, 0.46);
  body.lump([0, 0.35, -0.06], [0.185, 0.19, 0.33], coat);
  body.lump([0, 0.41, 0.13], [0.17, 0.19, 0.18], coat);
  body.lump([0, 0.35, 0.33], [0.125, 0.135, 0.19], coat);
  body.lump([0, 0.29, 0.5], [0.07, 0.06, 0.06], plain("#c78c80"));
  for (const [y, z] of [
    [0.56, 0.16],
    [0.56, 0.04],
    [0.52, -0.08],
    [0.49, -0.2],
  ]) {
    body.stick([0, y, z], [0, y + 0.1, z - 0.06], 0.04, 0, plain("#241a1c"));
  }
  body.both(side => {
    body.stick([side * 0.07, 0.26, 0.46], [side * 0.12, 0.39, 0.53], 0.026, 0.15, IVORY);
    body.stick([side * 0.09, 0.45, 0.26], [side * 0.15, 0.55, 0.22], 0.05, 0.1, plain("#4b3531"));
    body.shape.box(new Vector3(side * 0.1, 0.4, 0.42), new Vector3(0.03, 0.03, 0.03), DARK);
  });
  body.stick([0, 0.4, -0.37], [0, 0.3, -0.46], 0.018, 0.6, plain("#4d3630"));
  body.legs(0.105, 0.19, 0.18, 0.085, fade(tint("#241a1c"), tint("#5a4036"), 0.03, 0.14));
}

function wolf(body: Body): void {
  const coat = fade(tint("#c3c0bd"), tint("#4d505d"), 0.33, 0.47);
  body.lump([0, 0.43, -0.09], [0.12, 0.125, 0.28], coat);
  body.lump([0, 0.45, 0.14], [0.14, 0.16, 0.17], coat);
  body.stick([0, 0.5, 0.18], [0, 0.6, 0.31], 0.14, 0.75, plain("#565966"));
  body.lump([0, 0.61, 0.35], [0.105, 0.095, 0.115], plain("#565966"));
  body.stick([0, 0.575, 0.42], [0, 0.55, 0.56], 0.07, 0.65, plain("#b4b1ae"));
  body.shape.box(new Vector3(0, 0.575, 0.57), new Vector3(0.05, 0.04, 0.035), DARK);
  body.both(side => {
    body.stick([side * 0.065, 0.66, 0.32], [side * 0.085, 0.82, 0.3], 0.05, 0, plain("#3a3c47"));
    const eye = new Vector3(side * 0.058, 0.63, 0.445);
    body.shape.box(eye, new Vector3(0.035, 0.028, 0.03), plain("#ffc13d"));
  });
  body.stick([0, 0.47, -0.32], [0, 0.42, -0.5], 0.05, 1.5, plain("#565966"));
  body.stick([0, 0.42, -0.5], [0, 0.33, -0.66], 0.075, 0.1, plain("#3a3c47"));
  body.legs(0.075, 0.18, 0.3, 0.065, fade(tint("#b4b1ae"), tint("#4d505d"), 0.02, 0.24));
}

/** Passive, neutral and hostile ones, in the order of Npcs.kind, which begins with 1. */
const BEASTS: readonly (Build & { add: (body: Body) => void })[] = [
  { add: deer, tall: 1.0, hip: 0.34 },
  { add: boar, tall: 0.66, hip: 0.18 },
  { add: wolf, tall: 0.82, hip: 0.3 },
];

/** Kinds that can be drawn; any other is drawn as the last. */
export const KINDS = BEASTS.length;

/** The measures of a kind, from 0. */
export function buildOf(kind: number): Build {
  return BEASTS[Math.min(kind, KINDS - 1)];
}

/** Build the figure of a kind, from 0; with few faces for worlds of many thousands. */
export function beast(kind: number, few: boolean): BufferGeometry {
  const body = new Body(few ? 0 : 1);
  BEASTS[kind].add(body);
  return body.shape.build();
}

/** How large an NPC of a level is: 1 in the middle of the levels. */
export function sizeOf(level: number): number {
  return 0.72 + 0.055 * level;
}
