// Shapes of what grows and lies about: trees, bushes, grass, rocks.
import { type BufferGeometry, Color, Vector3 } from "three";
import { tone } from "./palette";
import { fade, jitter, Shape } from "./shapes";

/** A conifer, 1 high, of skirts that overlap; plain ones have few faces. */
export function conifer(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const bark = tone("trunk");
  const rough = jitter(0.05, 5);
  const sides = plain ? 5 : 7;
  shape.ring({ y: 0, r: 0.055 }, { y: 0.3, r: 0.04 }, plain ? 3 : 5, () => bark);
  const [dark, light] = [tone("pine").multiplyScalar(0.72), tone("pineSunny")];
  const skirts = [
    { low: 0.17, high: plain ? 0.75 : 0.6, r: 0.3 },
    { low: plain ? 0.5 : 0.4, high: plain ? 1 : 0.8, r: 0.225 },
    { low: 0.62, high: 1, r: 0.15 },
  ].slice(0, plain ? 2 : 3);
  for (const [k, { low, high, r }] of skirts.entries()) {
    const paint = fade(dark, light, low - 0.05, high + 0.1);
    const turn = (point: Vector3) => {
      point.applyAxisAngle(new Vector3(0, 1, 0), k * 1.1);
      rough(point);
    };
    shape.ring({ y: low, r }, { y: high, r: 0 }, sides, paint, turn);
    if (!plain) shape.ring({ y: low + 0.05, r: 0 }, { y: low, r }, sides, () => dark, turn);
  }
  return shape.build();
}

/** A broad-leaved tree, 1 high: a bent trunk and three heaps of leaves, or one if it is plain. */
export function broadleaf(plain: boolean): BufferGeometry {
  const shape = new Shape();
  const bark = tone("trunk");
  shape.ring(
    { y: 0, r: 0.065 },
    { y: 0.5, r: 0.035 },
    5,
    () => bark,
    point => {
      point.x += 0.05 * point.y;
    },
  );
  const heaps = [
    { x: 0.02, y: plain ? 0.62 : 0.68, z: 0, r: plain ? 0.38 : 0.3 },
    { x: 0.17, y: 0.5, z: 0.1, r: 0.2 },
    { x: -0.17, y: 0.54, z: -0.07, r: 0.21 },
  ].slice(0, plain ? 1 : 3);
  const [dark, light] = [tone("leaf").multiplyScalar(0.62), tone("leafSunny")];
  for (const [k, { x, y, z, r }] of heaps.entries()) {
    const rough = jitter(k === 0 ? 0.3 : 0.22, 20 + k);
    shape.ball(k === 0 && !plain ? 1 : 0, fade(dark, light, 0.3, 0.95), point => {
      rough(point);
      point.multiplyScalar(r);
      point.y *= 0.86;
      point.add(new Vector3(x, y, z));
    });
  }
  return shape.build();
}

/** A dry bush, 1 wide: what is left of an eaten tree. */
export function bush(): BufferGeometry {
  const shape = new Shape();
  const [dark, light] = [tone("bush").multiplyScalar(0.6), tone("bush").multiplyScalar(1.15)];
  const blades = 9;
  for (let k = 0; k < blades; k++) {
    const angle = (k / blades) * Math.PI * 2 + (k % 2) * 0.3;
    const lean = 0.22 + 0.2 * (k % 3);
    const side = new Vector3(-Math.sin(angle), 0, Math.cos(angle)).multiplyScalar(0.07);
    const foot = new Vector3(Math.cos(angle), 0, Math.sin(angle)).multiplyScalar(0.08);
    const tip = foot
      .clone()
      .multiplyScalar(1 + lean * 9)
      .setY(0.5 + 0.13 * ((k * 7) % 4));
    const paint = fade(dark, light, 0, 0.6);
    shape.face(foot.clone().sub(side), tip, foot.clone().add(side), paint);
  }
  return shape.build(true);
}

/** A tuft of grass, 1 high. */
export function tuft(): BufferGeometry {
  const shape = new Shape();
  const paint = fade(new Color(0.62, 0.62, 0.62), new Color(1.2, 1.2, 1.2), 0, 1);
  for (let k = 0; k < 4; k++) {
    const angle = k * 1.7;
    const side = new Vector3(Math.cos(angle), 0, Math.sin(angle)).multiplyScalar(0.13);
    const foot = new Vector3(Math.sin(angle * 2.3), 0, Math.cos(angle * 3.1)).multiplyScalar(0.25);
    const tip = foot
      .clone()
      .multiplyScalar(2.2)
      .setY(0.65 + 0.35 * ((k * 5) % 3) * 0.5);
    shape.face(foot.clone().sub(side), tip, foot.clone().add(side), paint);
  }
  return shape.build(true);
}

/** A boulder, about 1 wide, cut flat in places; plain ones have few faces. */
export function boulder(key: number, dark: Color, light: Color, plain: boolean): BufferGeometry {
  const shape = new Shape();
  const rough = jitter(0.4, key);
  shape.ball(plain ? 0 : 1, fade(dark, light, -0.3, 0.6), point => {
    rough(point);
    point.y = Math.min(point.y, 0.8);
    point.multiply(new Vector3(0.55, 0.6, 0.5));
  });
  return shape.build();
}
