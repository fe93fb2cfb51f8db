// Some of a crowd, and what draws them: a mesh for each of its shapes, an instance for each of them.
import {
  type BufferAttribute,
  type BufferGeometry,
  DynamicDrawUsage,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  type Material,
  Mesh,
} from "three";
import { COLUMNS, type Columns } from "./crowd";

export class Herd {
  private readonly attributes: InstancedBufferAttribute[];
  private readonly geometries: InstancedBufferGeometry[];
  count = 0;

  constructor(shapes: BufferGeometry[], room: number) {
    this.attributes = COLUMNS.map(() =>
      new InstancedBufferAttribute(new Float32Array(4 * room), 4).setUsage(DynamicDrawUsage),
    );
    this.geometries = shapes.map(shape => this.instanced(shape));
  }

  private instanced(shape: BufferGeometry): InstancedBufferGeometry {
    const geometry = new InstancedBufferGeometry();
    for (const name of Object.keys(shape.attributes)) {
      geometry.setAttribute(name, shape.getAttribute(name) as BufferAttribute);
    }
    geometry.setIndex(shape.getIndex());
    for (const [k, name] of COLUMNS.entries()) geometry.setAttribute(name, this.attributes[k]);
    geometry.instanceCount = 0;
    return geometry;
  }

  /** Make a mesh of one of the shapes. */
  mesh(shape: number, material: Material, order = 0): Mesh {
    const mesh = new Mesh(this.geometries[shape], material);
    mesh.frustumCulled = false;
    mesh.renderOrder = order;
    return mesh;
  }

  /** Take in all of the first rows of a crowd. */
  takeAll(columns: Columns, count: number): void {
    for (const [k, name] of COLUMNS.entries()) {
      (this.attributes[k].array as Float32Array).set(columns[name].subarray(0, 4 * count));
    }
    this.count = count;
  }

  /** Take in one more row of a crowd. */
  take(columns: Columns, row: number): void {
    for (const [k, name] of COLUMNS.entries()) {
      const { array } = this.attributes[k];
      for (let i = 0; i < 4; i++) array[4 * this.count + i] = columns[name][4 * row + i];
    }
    this.count++;
  }

  /** Give the row that was taken in last another colour: red, green, blue. */
  tint(color: readonly number[]): void {
    this.attributes[COLUMNS.indexOf("tint")].array.set(color, 4 * (this.count - 1));
  }

  /** Hand over what was taken in. */
  upload(): void {
    for (const attribute of this.attributes) {
      attribute.clearUpdateRanges();
      attribute.addUpdateRange(0, 4 * this.count);
      attribute.needsUpdate = true;
    }
    for (const geometry of this.geometries) geometry.instanceCount = this.count;
  }
}
