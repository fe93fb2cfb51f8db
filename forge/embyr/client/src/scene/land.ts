// Everything that belongs to one map: land, liquids, plants, agents, effects.
import { Color, Group, type Material, Mesh, Points } from "three";
import type { Setup, Tick } from "../net/types";
import { Agents } from "./agents";
import { EFFECT, Effects } from "./effects";
import { makeEmbers } from "./embers";
import { type Field, survey } from "./field";
import { FALL, Flora, RISE } from "./flora";
import { Ground } from "./ground";
import { makeLava, makeWater } from "./liquids";
import { makeMountains } from "./mountains";
import { Numbers } from "./numbers";
import { Pointer } from "./pointer";
import { WIDE } from "./scatter";
import { type MarkUniforms, markUniforms, Sheets } from "./sight";
import type { Stage } from "./stage";
import { among, PIECE } from "./still";
import { type Block, makeTerrain, overlayUniforms } from "./terrain";

/** In worlds of so many only strikes near the camera's point are shown. */
const CROWDED = 1000;

/** Without a graphics card wide land is joined coarsely from farther away [tiles]. */
const FINE = 110;

export class Land {
  readonly group = new Group();
  readonly field: Field;
  readonly agents: Agents;
  readonly marks: MarkUniforms = markUniforms();
  readonly overlay = overlayUniforms();
  readonly pointer = new Pointer();
  private readonly ground: Ground;
  /** Comes with the second frame, so that nobody waits for it with the first. */
  private flora: Flora | null = null;
  private readonly blocks: Block[];
  private readonly effects: Effects;
  private readonly numbers: Numbers;
  private readonly tiles: Uint8Array;
  /** The marks, where they are drawn over the land. */
  private readonly sheets: Sheets | null;

  constructor(
    readonly setup: Setup,
    private readonly stage: Stage,
  ) {
    const { side, populations, maxHealth, maxFood, maxWater } = setup;
    this.tiles = setup.tiles.slice();
    this.field = survey(setup, stage.plain ? 2 : 4);
    const { shared } = stage;
    this.ground = new Ground(this.field, this.tiles, stage.noise);
    const colors = populations.map(({ color }) => {
      const { r, g, b } = new Color(color);
      return [r, g, b] as const;
    });
    const { maxAgents, npcs, items } = setup;
    const limits = {
      side,
      maxHealth,
      maxFood,
      maxWater,
      colors,
      npcHealth: npcs?.health ?? 1,
      ...(items === undefined ? {} : { items }),
    };
    this.agents = new Agents(limits, maxAgents, this.ground, shared, stage.plain, npcs?.most);
    this.effects = new Effects(this.ground, shared, stage.plain ? 160 : 1024);
    this.numbers = new Numbers(this.ground, shared, stage.plain ? 64 : 256);
    // Where the land is a picture, marks are drawn over it. What is not needed yet is not prepared.
    const marks = stage.plain ? markUniforms() : this.marks;
    this.sheets = stage.plain ? new Sheets(this.ground, shared, this.marks) : null;
    if (this.sheets !== null) {
      this.group.add(...this.sheets.meshes);
      this.effects.mesh.visible = this.numbers.mesh.visible = false;
    }
    this.blocks = makeTerrain(this.field, this.ground, shared, this.overlay, marks);
    this.group.add(
      ...this.blocks.map(({ mesh }) => among(PIECE.terrain, mesh)),
      among(PIECE.lava, makeLava(this.field, this.ground, shared)),
      among(PIECE.water, makeWater(this.field, this.ground, shared)),
      ...this.agents.meshes,
      this.effects.mesh,
      this.numbers.mesh,
      makeEmbers(this.field, shared),
      among(PIECE.lava, makeMountains(side)),
      this.pointer.mesh,
    );
    stage.scene.add(this.group);
    stage.fit(side);
    stage.still?.begin();
    stage.reshade(0.5);
  }

  /** Fit what is drawn to a camera at that distance. */
  seenFrom(distance: number): void {
    this.flora?.seenFrom(distance, this.stage.camera);
    if (this.stage.plain && this.setup.side > WIDE) {
      const stride = distance < FINE ? 1 : distance < 2 * FINE ? 2 : 4;
      for (const block of this.blocks) block.join(stride);
    }
    this.agents.seenFrom(distance, this.stage.camera.position);
    this.sheets?.update();
  }

  /** Let plants and rocks stand on the land, if they do not yet. */
  plant(): void {
    if (this.flora !== null) return;
    const { shared, plain } = this.stage;
    this.flora = new Flora(this.field, this.tiles, this.ground, shared, plain);
    this.group.add(...this.flora.meshes);
    this.stage.reshade(0.5);
  }

  /** Take over the tick that follows; it is to last so many seconds. */
  tick(tick: Tick, seconds: number): void {
    const now = this.stage.shared.uTime.value;
    for (const { index, kind } of tick.tiles) this.grow(index, kind, now);
    this.ground.follow();
    this.agents.crowd.update(tick, now, false);
    this.agents.upload();
    this.act(tick, now, seconds);
  }

  /** Show a tick that does not follow the last one, with all tiles as they were. */
  show(tick: Tick, tiles: Uint8Array): void {
    for (let index = 0; index < tiles.length; index++) {
      if (tiles[index] !== this.tiles[index]) this.grow(index, tiles[index], -100);
    }
    this.ground.settle();
    this.effects.clear();
    this.numbers.clear();
    this.agents.crowd.update(tick, this.stage.shared.uTime.value, true);
    this.agents.upload();
    this.stage.reshade(0.1);
  }

  private grow(index: number, kind: number, time: number): void {
    this.tiles[index] = kind;
    this.ground.set(index, kind);
    this.flora?.set(index, kind, time);
    this.stage.reshade(Math.max(FALL, RISE) + 0.5);
  }

  /** Show strikes, births and deaths. */
  private act(tick: Tick, now: number, seconds: number): void {
    const { crowd } = this.agents;
    const crowded = crowd.living > CROWDED;
    const eye = this.stage.camera.position;
    const near = 22 + eye.y;
    for (const { from, to, style, damage } of tick.attacks) {
      const [a, b] = [crowd.indexOf(from), crowd.indexOf(to)];
      if (a < 0 || b < 0) continue;
      const [x0, z0] = [crowd.x(a, 0), crowd.z(a, 0)];
      const [x1, z1] = [crowd.x(b, 0.5), crowd.z(b, 0.5)];
      if (crowded && Math.abs(x1 - eye.x) + Math.abs(z1 - eye.z) > near) continue;
      const [r, g, bl] = crowd.now.tint.subarray(4 * a, 4 * a + 3);
      const kind = [EFFECT.melee, EFFECT.arrow, EFFECT.orb][style] ?? EFFECT.spark;
      const time = Math.min(0.6, Math.max(0.2, seconds * (style === 0 ? 0.9 : 0.6)));
      const size = [0.85, 1, 0.42][style] ?? 0.5;
      this.effects.add(kind, x0, z0, x1, z1, now, time, size, r, g, bl);
      const hit = style === 0 ? now + time * 0.4 : now + time;
      const burst = style === 2 ? EFFECT.ice : EFFECT.spark;
      this.effects.add(burst, x1, z1, x1, z1, hit, 0.4, style === 2 ? 0.6 : 0.4, r, g, bl);
      if (damage > 0) this.numbers.add(to, damage, style, x1, z1, hit);
    }
    for (const id of tick.births) this.flash(crowd.indexOf(id), EFFECT.birth, now, 1.1, 1.1);
    for (let k = crowd.living; k < crowd.count; k++) {
      if (crowd.now.state[4 * k + 3] === now) this.flash(k, EFFECT.death, now, 1.3, 0.62);
    }
  }

  private flash(index: number, kind: 3 | 4, now: number, seconds: number, size: number): void {
    if (index < 0) return;
    const { crowd } = this.agents;
    const [x, z] = [crowd.x(index, 1), crowd.z(index, 1)];
    const { tint } = crowd.now;
    const [r, g, b] = [tint[4 * index], tint[4 * index + 1], tint[4 * index + 2]];
    this.effects.add(kind, x, z, x, z, now, seconds, size, r, g, b);
  }

  dispose(): void {
    this.stage.scene.remove(this.group);
    for (const block of this.blocks) block.dispose();
    for (const thing of this.group.children) {
      if (!(thing instanceof Mesh || thing instanceof Points)) continue;
      thing.geometry.dispose();
      (thing.material as Material).dispose();
      thing.customDepthMaterial?.dispose();
    }
    this.overlay.uOverlay.value?.dispose();
    this.ground.dispose();
  }
}
