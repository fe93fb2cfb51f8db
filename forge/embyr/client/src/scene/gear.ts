// What agents wear: shapes that lie around the figure and move with it, in the colour of their level.
import { type BufferGeometry, Color, Vector3 } from "three";
import { Body } from "./beast";
import { PART } from "./figure";
import type { Paint, Shape } from "./shapes";

/** Two levels each: leather, bronze, iron, gold, and what nobody forges. */
const METALS = ["#6b4a38", "#a8784a", "#c3cad6", "#f2c14e", "#7fe3d4"];
const COLORS = METALS.map(metal => new Color(metal)).map(
  ({ r, g, b }) => [r, g, b] as [number, number, number],
);

/** The colour of a level, linear. */
export function metal(level: number): readonly [number, number, number] {
  return COLORS[Math.min(COLORS.length - 1, Math.max(0, (level - 1) >> 1))];
}

/** Shades of that colour. */
const shade = (r: number, g = r, b = r): Paint => {
  const color = new Color(r, g, b);
  return () => color;
};
const BRIGHT = shade(1.15);
const FULL = shade(0.95);
const DULL = shade(0.7);
const WOOD = shade(0.6, 0.45, 0.32);

/** The hand of the right arm, which swings. */
const HAND = { x: 0.2, y: 0.31, z: 0.08 };
const ARM = PART.rightArm;

type Spot = readonly [number, number, number];

/** A point, given as seen from the hand. */
const held = ([x, y, z]: Spot): Spot => [HAND.x + x, HAND.y + y, HAND.z + z];

function ring(shape: Shape, low: [number, number], high: [number, number], paint: Paint): void {
  const back = (point: Vector3) => {
    point.z -= 0.02;
  };
  const [a, b] = [
    { y: low[0], r: low[1] },
    { y: high[0], r: high[1] },
  ];
  shape.ring(a, b, 8, paint, back, PART.cloak);
}

function stick(body: Body, from: Spot, to: Spot, wide: number, share: number, paint: Paint): void {
  body.stick(held(from), held(to), wide, share, paint, ARM);
}

function box(body: Body, at: Spot, size: Spot, paint: Paint, part: number = ARM): void {
  body.shape.box(new Vector3(...at), new Vector3(...size), paint, part);
}

const haft = (body: Body, down: number, up: number, wide = 0.024) =>
  stick(body, [0, -down, -0.02], [0, up, 0.06], wide, 0.9, WOOD);

function fists(body: Body): void {
  for (const [side, part] of [
    [-1, PART.leftArm],
    [1, PART.rightArm],
  ]) {
    box(body, [side * 0.185, 0.31, 0.03], [0.11, 0.1, 0.13], FULL, part);
    box(body, [side * 0.185, 0.375, 0.03], [0.125, 0.035, 0.145], BRIGHT, part);
  }
}

/** How each kind is drawn, by its name; kinds that are missing here are not seen on agents. */
const SHAPES: Record<string, (body: Body) => void> = {
  hat({ shape }) {
    ring(shape, [0.775, 0.24], [0.8, 0.19], DULL);
    ring(shape, [0.8, 0.19], [0.88, 0.15], FULL);
    ring(shape, [0.88, 0.15], [0.965, 0.03], BRIGHT);
    ring(shape, [0.965, 0.03], [0.99, 0], BRIGHT);
  },
  top(body) {
    ring(body.shape, [0.36, 0.195], [0.47, 0.175], DULL);
    ring(body.shape, [0.47, 0.175], [0.595, 0.115], FULL);
    body.both(side => {
      const part = side < 0 ? PART.leftArm : PART.rightArm;
      box(body, [side * 0.185, 0.53, 0.02], [0.13, 0.07, 0.15], BRIGHT, part);
    });
  },
  bottom({ shape }) {
    ring(shape, [0.17, 0.235], [0.25, 0.212], DULL);
    ring(shape, [0.25, 0.212], [0.35, 0.195], FULL);
  },
  spear(body) {
    haft(body, 0.3, 0.5, 0.02);
    stick(body, [0, 0.48, 0.057], [0, 0.53, 0.063], 0.02, 2.2, BRIGHT);
    stick(body, [0, 0.53, 0.063], [0, 0.68, 0.08], 0.045, 0, BRIGHT);
  },
  bow(body) {
    const bend: Spot[] = [
      [0, -0.28, -0.06],
      [0, -0.15, 0.04],
      [0, 0, 0.07],
      [0, 0.15, 0.04],
      [0, 0.28, -0.06],
    ];
    for (let k = 1; k < bend.length; k++) stick(body, bend[k - 1], bend[k], 0.026, 0.9, FULL);
    stick(body, bend[0], bend[4], 0.006, 1, BRIGHT);
  },
  wand(body) {
    haft(body, 0.06, 0.26, 0.018);
    body.lump(held([0, 0.32, 0.075]), [0.055, 0.055, 0.055], BRIGHT, ARM);
  },
  rod(body) {
    stick(body, [0, -0.1, -0.03], [0, 0.5, 0.32], 0.018, 0.3, WOOD);
    stick(body, [0, 0.5, 0.32], [0, 0.2, 0.33], 0.005, 1, BRIGHT);
    box(body, held([0, 0.18, 0.33]), [0.035, 0.045, 0.035], FULL);
  },
  gloves: fists,
  pickaxe(body) {
    haft(body, 0.14, 0.32);
    stick(body, [0, 0.33, 0.06], [0, 0.26, 0.25], 0.035, 0.1, BRIGHT);
    stick(body, [0, 0.33, 0.06], [0, 0.28, -0.12], 0.035, 0.1, BRIGHT);
  },
  axe(body) {
    haft(body, 0.14, 0.34);
    stick(body, [0, 0.28, 0.05], [0, 0.28, 0.16], 0.03, 3.2, BRIGHT);
    box(body, held([0, 0.28, 0.0]), [0.05, 0.07, 0.07], DULL);
  },
  chisel(body) {
    haft(body, 0.05, 0.05, 0.028);
    stick(body, [0, 0.05, 0.03], [0, 0.2, 0.05], 0.022, 1.4, BRIGHT);
  },
};
for (const ammunition of ["whetstone", "arrow", "rune"]) {
  SHAPES[ammunition] = body => {
    body.stick([0.06, 0.34, -0.2], [-0.07, 0.62, -0.17], 0.06, 1.15, DULL, PART.cloak);
    body.stick([-0.07, 0.62, -0.17], [-0.085, 0.7, -0.165], 0.05, 0.5, BRIGHT, PART.cloak);
  };
}

/** Build what is seen of a worn item; null: nothing is. */
export function gear(name: string): BufferGeometry | null {
  const add = SHAPES[name];
  if (add === undefined) return null;
  const body = new Body(0);
  add(body);
  return body.shape.build();
}
