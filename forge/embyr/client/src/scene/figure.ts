// The figure of an agent: a small traveller in its population's cloak.
import { type BufferGeometry, Color, Vector3 } from "three";
import { tone } from "./palette";
import { fade, jitter, Shape } from "./shapes";

/** Limbs, as the shader tells them apart. What is in a cloak takes its population's colour. */
export const PART = { plain: 0, cloak: 1, leftLeg: 2, rightLeg: 3, leftArm: 4, rightArm: 5 };

/** Height of the figure in tiles, and of hips and shoulders, around which limbs swing. */
export const TALL = 0.92;
export const HIP = 0.27;
export const SHOULDER = 0.54;

/** How large an agent of a level is; at level 1 as where there are no levels. */
export function grown(level: number): number {
  return 1 + 0.04 * (level - 1);
}

const shade = (value: number) => new Color(value, value, value);

/** Build the figure, facing along z; with few faces for worlds of many thousands. */
export function figure(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const cloth = fade(shade(0.62), shade(1.08), 0.16, 0.6);
  const sides = plain ? 5 : 8;
  if (plain) {
    shape.ring({ y: 0.02, r: 0.2 }, { y: 0.6, r: 0.09 }, sides, cloth, undefined, PART.cloak);
    head(shape, plain);
    return shape.build();
  }
  shape.ring({ y: 0.19, r: 0.205 }, { y: 0.46, r: 0.15 }, sides, cloth, undefined, PART.cloak);
  shape.ring({ y: 0.46, r: 0.15 }, { y: 0.6, r: 0.085 }, sides, cloth, undefined, PART.cloak);
  head(shape, plain);
  limbs(shape);
  return shape.build();
}

/** Build what stands for a figure that is too far away to be seen: a cone. */
export function speck(): BufferGeometry {
  const shape = new Shape();
  const cloth = fade(shade(0.7), shade(1.2), 0.1, 0.9);
  shape.ring({ y: 0, r: 0.26 }, { y: TALL, r: 0 }, 3, cloth, undefined, PART.cloak);
  return shape.build();
}

function head(shape: Shape, plain: boolean): void {
  const skin = tone("skin");
  const hood = fade(shade(0.8), shade(1.25), 0.6, 0.92);
  shape.ball(
    plain ? 0 : 1,
    () => skin,
    point => {
      point.multiplyScalar(0.142).add(new Vector3(0, 0.7, 0.018));
    },
  );
  // A hood, open in front, with a tip that bends back.
  const bend = (point: Vector3) => {
    point.z -= 0.035 + Math.max(0, point.y - 0.76) * 0.45;
  };
  if (plain) {
    shape.ring({ y: 0.68, r: 0.17 }, { y: TALL, r: 0 }, 5, hood, bend, PART.cloak);
    return;
  }
  const sides = 8;
  shape.ring({ y: 0.615, r: 0.135 }, { y: 0.74, r: 0.17 }, sides, hood, bend, PART.cloak);
  shape.ring({ y: 0.74, r: 0.17 }, { y: 0.845, r: 0.11 }, sides, hood, bend, PART.cloak);
  shape.ring({ y: 0.845, r: 0.11 }, { y: TALL, r: 0 }, sides, hood, bend, PART.cloak);
  for (const side of [-1, 1]) {
    const eye = new Vector3(side * 0.055, 0.71, 0.156);
    shape.box(eye, new Vector3(0.03, 0.042, 0.02), () => tone("dark"));
  }
}

function limbs(shape: Shape): void {
  const boot = fade(tone("dark"), tone("trunk"), 0, HIP);
  const sleeve = () => shade(0.72);
  const rough = jitter(0.004, 3);
  for (const [side, leg, arm] of [
    [-1, PART.leftLeg, PART.leftArm],
    [1, PART.rightLeg, PART.rightArm],
  ]) {
    const foot = new Vector3(side * 0.085, 0.13, 0.005);
    rough(foot);
    shape.box(foot, new Vector3(0.105, 0.26, 0.13), boot, leg);
    shape.box(new Vector3(side * 0.185, 0.42, 0.02), new Vector3(0.075, 0.25, 0.09), sleeve, arm);
  }
}
