// What all agents wear: an instanced mesh for each kind of item that can be seen.
import type { Material, Mesh } from "three";
import type { ItemSetup } from "../net/types";
import type { Crowd } from "./crowd";
import { gear, metal } from "./gear";
import { Herd } from "./herd";

interface Rack {
  herd: Herd;
  mesh: Mesh;
}

export class Wardrobe {
  readonly meshes: Mesh[];
  /** By kind of item; null: it is not seen. */
  private readonly racks: (Rack | null)[];
  private shown = true;

  /** `material` is that of figures, so that what is worn moves with them. */
  constructor(
    { kinds }: ItemSetup,
    private readonly room: number,
    material: Material,
  ) {
    this.racks = kinds.map(({ name }) => {
      const shape = gear(name);
      if (shape === null) return null;
      const herd = new Herd([shape], room);
      return { herd, mesh: herd.mesh(0, material) };
    });
    this.meshes = this.racks.flatMap(rack => (rack === null ? [] : [rack.mesh]));
    for (const mesh of this.meshes) mesh.receiveShadow = true;
  }

  /** Draw what is worn, or not. */
  show(shown: boolean): void {
    this.shown = shown;
    for (const rack of this.racks) {
      if (rack !== null) rack.mesh.visible = shown && rack.herd.count > 0;
    }
  }

  /** Put on all agents of a crowd what they wear, in the colour of its level. */
  dress({ now, count, slots }: Crowd): void {
    for (const rack of this.racks) if (rack !== null) rack.herd.count = 0;
    for (let k = 0; k < count; k++) {
      for (let at = 2 * slots * k; at < 2 * slots * (k + 1); at += 2) {
        const rack = this.racks[now.worn[at]];
        if (now.worn[at] === 0 || rack === null || rack.herd.count >= this.room) continue;
        rack.herd.take(now, k);
        rack.herd.tint(metal(now.worn[at + 1]));
      }
    }
    for (const rack of this.racks) rack?.herd.upload();
    this.show(this.shown);
  }
}
