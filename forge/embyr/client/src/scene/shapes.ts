// Low-poly shapes of our own, built face by face, with a colour at every corner.
import {
  BufferGeometry,
  type Color,
  Float32BufferAttribute,
  IcosahedronGeometry,
  Vector3,
} from "three";
import { hash } from "./noise";

/** Moves a point while a shape is built. Modifies the point in place. */
export type Bend = (point: Vector3) => void;
/** Says the colour of a point. */
export type Paint = (point: Vector3) => Color;

/** Collects faces; corners that are alike are one, and materials shade the faces flat. */
export class Shape {
  private readonly positions: number[] = [];
  private readonly colors: number[] = [];
  private readonly parts: number[] = [];
  private readonly index: number[] = [];
  private readonly corners = new Map<string, number>();

  /** Add a triangle; `part` tells shaders which limb it belongs to. */
  face(a: Vector3, b: Vector3, c: Vector3, paint: Paint, part = 0): void {
    for (const corner of [a, b, c]) this.index.push(this.corner(corner, paint(corner), part));
  }

  /** The number of a corner, new or not. */
  private corner({ x, y, z }: Vector3, { r, g, b }: Color, part: number): number {
    const key = [x, y, z, r, g, b].map(value => Math.round(value * 4096)).join() + part;
    const known = this.corners.get(key);
    if (known !== undefined) return known;
    this.positions.push(x, y, z);
    this.colors.push(r, g, b);
    this.parts.push(part);
    this.corners.set(key, this.parts.length - 1);
    return this.parts.length - 1;
  }

  /** Add a ring of `sides` between two heights; a radius of 0 makes a tip. */
  ring(
    low: { y: number; r: number },
    high: { y: number; r: number },
    sides: number,
    paint: Paint,
    bend: Bend = () => {},
    part = 0,
  ): void {
    const corner = (k: number, { y, r }: { y: number; r: number }) => {
      const angle = ((k % sides) / sides) * Math.PI * 2;
      const point = new Vector3(Math.cos(angle) * r, y, Math.sin(angle) * r);
      bend(point);
      return point;
    };
    for (let k = 0; k < sides; k++) {
      const [a, b] = [corner(k, low), corner(k + 1, low)];
      const [c, d] = [corner(k, high), corner(k + 1, high)];
      if (low.r > 0) this.face(a, c, b, paint, part);
      if (high.r > 0) this.face(b, c, d, paint, part);
    }
  }

  /** Add a ball of 20 × 4^detail faces. */
  ball(detail: number, paint: Paint, bend: Bend, part = 0): void {
    const ball = new IcosahedronGeometry(1, detail).getAttribute("position");
    const corners = [0, 1, 2].map(() => new Vector3());
    for (let k = 0; k < ball.count; k += 3) {
      for (let i = 0; i < 3; i++) {
        corners[i].set(ball.getX(k + i), ball.getY(k + i), ball.getZ(k + i));
        bend(corners[i]);
      }
      this.face(corners[0], corners[1], corners[2], paint, part);
    }
  }

  /** Add a box. */
  box(middle: Vector3, size: Vector3, paint: Paint, part = 0): void {
    const at = (x: number, y: number, z: number) =>
      new Vector3(x, y, z).multiply(size).multiplyScalar(0.5).add(middle);
    for (let axis = 0; axis < 3; axis++) {
      for (const side of [-1, 1]) {
        const corner = (u: number, v: number) => {
          const c = [0, 0, 0];
          c[axis] = side;
          c[(axis + 1) % 3] = u * side;
          c[(axis + 2) % 3] = v;
          return at(c[0], c[1], c[2]);
        };
        this.face(corner(-1, -1), corner(1, -1), corner(1, 1), paint, part);
        this.face(corner(-1, -1), corner(1, 1), corner(-1, 1), paint, part);
      }
    }
  }

  /**
   * Make the geometry; `part` is an attribute if any part is not 0.
   *
   * Without normals faces are shaded flat; `lit` gives normals that point up, so that thin blades
   * take the light as the ground does.
   */
  build(lit = false): BufferGeometry {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new Float32BufferAttribute(this.positions, 3));
    geometry.setAttribute("color", new Float32BufferAttribute(this.colors, 3));
    if (this.parts.some(part => part !== 0)) {
      geometry.setAttribute("part", new Float32BufferAttribute(this.parts, 1));
    }
    if (lit) {
      const up = this.positions.map((_, k) => (k % 3 === 1 ? 1 : 0));
      geometry.setAttribute("normal", new Float32BufferAttribute(up, 3));
    }
    geometry.setIndex(this.index);
    return geometry;
  }
}

/** Shift a point by a hash of where it is, so that equal corners stay together. */
export function jitter(amount: number, key: number): Bend {
  return point => {
    const [x, y, z] = point.toArray().map(v => Math.round(v * 1000));
    point.x += (hash(x, y ^ Math.imul(z, 31), key) - 0.5) * amount;
    point.y += (hash(x, y ^ Math.imul(z, 31), key + 1) - 0.5) * amount;
    point.z += (hash(x, y ^ Math.imul(z, 31), key + 2) - 0.5) * amount;
  };
}

/** Fade between two colours from one height to another. */
export function fade(low: Color, high: Color, from: number, to: number): Paint {
  return point => {
    const share = Math.min(1, Math.max(0, (point.y - from) / (to - from)));
    return low.clone().lerp(high, share);
  };
}
