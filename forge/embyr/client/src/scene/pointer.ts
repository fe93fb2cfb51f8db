// An arrow that hovers over the selected agent, seen through trees and rocks.
import { Mesh, MeshBasicMaterial, type Vector3 } from "three";
import { tone } from "./palette";
import { Shape } from "./shapes";

export class Pointer {
  readonly mesh: Mesh;

  constructor() {
    const shape = new Shape();
    const [bright, shade] = [tone("lavaHot"), tone("lava")];
    shape.ring({ y: 0, r: 0 }, { y: 0.34, r: 0.17 }, 4, point => (point.x > 0.01 ? bright : shade));
    shape.ring({ y: 0.34, r: 0.17 }, { y: 0.42, r: 0 }, 4, () => bright);
    const material = new MeshBasicMaterial({
      vertexColors: true,
      depthTest: false,
      transparent: true,
      opacity: 0.92,
      fog: false,
    });
    this.mesh = new Mesh(shape.build(), material);
    this.mesh.renderOrder = 7;
    this.mesh.visible = false;
  }

  /** Hover over a point of the ground. */
  place(foot: Vector3, size: number, seconds: number): void {
    this.mesh.visible = true;
    this.mesh.scale.setScalar(size);
    this.mesh.position.copy(foot);
    this.mesh.position.y += size * (1.42 + 0.09 * Math.sin(seconds * 3.2));
    this.mesh.rotation.y = seconds * 1.6;
  }

  hide(): void {
    this.mesh.visible = false;
  }
}
