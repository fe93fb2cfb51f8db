// The world in 3-D: takes setups and ticks, draws them, and answers what is where.
import { Vector3 } from "three";
import type { Setup, Tick } from "../net/types";
import { Controls } from "./controls";
import { heightAt } from "./field";
import { Land } from "./land";
import { lay, type OverlayOptions } from "./overlay";
import { Pace } from "./pace";
import { type Covered, contain, type Free, freeOf, Rig, type View } from "./rig";
import { findGraphics, Stage } from "./stage";

export type { OverlayOptions } from "./overlay";
export type { Covered, View } from "./rig";

/** What an agent that is played can do. */
export interface Choices {
  id: number;
  /** Whether it can stay, and move east, south, west, north. */
  moves: boolean[];
  targets: number[];
  /** What it is going to do. */
  move: number;
}

/** How near to an agent one must click, in CSS pixels. */
const FINGER = 26;
/** Seconds in which plants make way for an overlay. */
const LOWERING = 0.6;

/** Time from one frame to the next where the processor draws: it has more to do [ms]. */
const PLAIN_PAUSE = 45;

export interface World {
  setup(setup: Setup): void;
  /** Take over the tick that follows; agents walk for so many seconds. */
  tick(tick: Tick, seconds: number): void;
  /** Show a tick that does not follow the last one, with all tiles as they are then. */
  show(tick: Tick, tiles: Uint8Array): void;
  select(id: number | null): void;
  follow(id: number | null): void;
  /** Show the square of that radius around the selected agent; null: not. */
  sight(radius: number | null): void;
  /** Show where the agent that is played can go, and whom it can strike; null: nobody is played. */
  play(choices: Choices | null): void;
  /** Who is at a place of the picture [CSS pixels from its corner]. */
  pick(x: number, y: number): number | null;
  onPick(callback: (id: number | null) => void): void;
  /** Lay numbers over the land, one per tile; NaN: nothing there. */
  overlay(values: Float32Array | null, options: OverlayOptions): void;
  /** Leave out the agents of some populations. */
  hide(populations: ReadonlySet<number>): void;
  /** Where the camera is now. */
  view(): Readonly<View>;
  /** Where the camera goes. */
  go(view: Partial<View>): void;
  /** Hear what panels cover, so that the first view is free of them. */
  cover(covered: Covered): void;
  /** Back to the first view. */
  home(): void;
  /** Corners of what the camera sees on the ground: x and z in tiles from the map's middle. */
  footprint(corners: Float32Array): void;
  screenshot(): Promise<Blob>;
  info(): { frames: number; calls: number; triangles: number };
  dispose(): void;
}

export interface WorldOptions {
  /** Draw less sharply where frames come slowly, and plainly without a graphics card. */
  adaptive?: boolean;
}

export function createWorld(canvas: HTMLCanvasElement, options: WorldOptions = {}): World {
  return new Drawn(canvas, options.adaptive ?? true);
}

class Drawn implements World {
  private readonly stage: Stage;
  private readonly rig: Rig;
  private readonly controls: Controls;
  private readonly pace: Pace;
  private land: Land | null = null;
  /** The land that the last frame has shown. */
  private drawn: Land | null = null;
  private selected: number | null = null;
  private followed: number | null = null;
  private radius: number | null = null;
  private choices: Choices | null = null;
  private hidden: ReadonlySet<number> = new Set();
  private overlaid = false;
  private covered: Covered = { left: 0, right: 0, top: 0, bottom: 0 };
  private last: Tick | null = null;
  private picked: (id: number | null) => void = () => {};
  private readonly size = new ResizeObserver(() => this.resize());
  private readonly point = new Vector3();
  private request = 0;
  private drawnAt = 0;
  private wasHidden = true;
  private readonly vanish = () => {
    this.wasHidden = true;
  };

  constructor(
    private readonly canvas: HTMLCanvasElement,
    adaptive: boolean,
  ) {
    this.stage = new Stage(canvas, adaptive && findGraphics() === "software");
    const { plain } = this.stage;
    this.pace = new Pace(plain ? 1 : Math.min(2, window.devicePixelRatio), adaptive && !plain);
    this.rig = new Rig(this.free());
    this.controls = new Controls(canvas, this.rig, {
      onClick: (x, y) => this.picked(this.pick(x, y)),
      onPan: () => this.follow(null),
    });
    this.size.observe(canvas);
    document.addEventListener("visibilitychange", this.vanish);
    this.resize();
    this.request = requestAnimationFrame(time => this.frame(time));
  }

  setup(setup: Setup): void {
    const first = this.land === null || this.land.setup.side !== setup.side;
    this.land?.dispose();
    this.land = new Land(setup, this.stage);
    const land = setup.side - 2 * setup.border;
    if (first) this.rig.reset(setup.side, land, this.free());
    this.last = null;
    this.select(null);
    this.follow(null);
    this.hide(this.hidden);
  }

  tick(tick: Tick, seconds: number): void {
    if (this.land === null) return;
    const { uBeat, uTime, uPhase } = this.stage.shared;
    this.last = tick;
    uBeat.value.set(uTime.value, Math.max(0.001, seconds));
    uPhase.value = 0;
    this.land.tick(tick, seconds);
  }

  show(tick: Tick, tiles: Uint8Array): void {
    this.last = tick;
    this.stage.shared.uPhase.value = 1;
    this.land?.show(tick, tiles);
  }

  select(id: number | null): void {
    this.selected = id;
  }

  follow(id: number | null): void {
    this.followed = id;
  }

  sight(radius: number | null): void {
    this.radius = radius;
  }

  play(choices: Choices | null): void {
    this.choices = choices;
  }

  onPick(callback: (id: number | null) => void): void {
    this.picked = callback;
  }

  pick(x: number, y: number): number | null {
    if (this.land === null) return null;
    const { crowd } = this.land.agents;
    const phase = this.stage.shared.uPhase.value;
    let nearest = FINGER;
    let found: number | null = null;
    for (let k = 0; k < crowd.living; k++) {
      this.locate(k, phase);
      this.point.y += 0.5;
      this.point.project(this.stage.camera);
      if (this.point.z > 1) continue;
      const dx = ((this.point.x + 1) / 2) * this.canvas.clientWidth - x;
      const dy = ((1 - this.point.y) / 2) * this.canvas.clientHeight - y;
      const away = Math.hypot(dx, dy);
      if (away < nearest) {
        nearest = away;
        found = crowd.ids[k];
      }
    }
    return found;
  }

  overlay(values: Float32Array | null, options: OverlayOptions): void {
    if (this.land === null) return;
    lay(this.land.overlay, this.land.setup.side, values, options);
    this.stage.still?.renew(true);
    if (this.overlaid !== (values !== null)) this.stage.reshade(2 * LOWERING);
    this.overlaid = values !== null;
  }

  hide(populations: ReadonlySet<number>): void {
    this.hidden = populations;
    if (this.land === null) return;
    const { crowd } = this.land.agents;
    crowd.hidden = populations;
    if (this.last === null) return;
    crowd.update({ ...this.last, attacks: [], deaths: [] }, this.stage.shared.uTime.value, true);
    this.land.agents.upload();
  }

  view(): Readonly<View> {
    return this.rig.view;
  }

  go(view: Partial<View>): void {
    Object.assign(this.rig.goal, view);
    contain(this.rig.goal, this.side());
  }

  cover(covered: Covered): void {
    this.covered = covered;
  }

  home(): void {
    this.follow(null);
    this.rig.home(this.free());
  }

  private free(): Free {
    return freeOf(this.canvas.clientWidth, this.canvas.clientHeight, this.covered);
  }

  footprint(corners: Float32Array): void {
    const { camera } = this.stage;
    for (let k = 0; k < 4; k++) {
      const [x, y] = [k === 0 || k === 3 ? -1 : 1, k < 2 ? -1 : 1];
      this.point.set(x, y, 0.5).unproject(camera).sub(camera.position);
      // Looking above the horizon: as far as can be.
      const reach = Math.min(
        4 * this.side(),
        this.point.y < -1e-6 ? -camera.position.y / this.point.y : Infinity,
      );
      const far = Number.isFinite(reach) ? reach : 4 * this.side();
      corners[2 * k] = camera.position.x + this.point.x * far;
      corners[2 * k + 1] = camera.position.z + this.point.z * far;
    }
  }

  async screenshot(): Promise<Blob> {
    const { sharpness } = this.pace;
    this.stage.resize(Math.max(sharpness, Math.min(2, window.devicePixelRatio)));
    this.draw();
    const blob = await new Promise<Blob | null>(done => this.canvas.toBlob(done, "image/png"));
    this.stage.resize(sharpness);
    if (blob === null) throw new Error("the picture is too large for this browser");
    return blob;
  }

  info(): { frames: number; calls: number; triangles: number } {
    const { calls, triangles } = this.stage.renderer.info.render;
    return { frames: this.pace.frames, calls, triangles };
  }

  dispose(): void {
    cancelAnimationFrame(this.request);
    this.size.disconnect();
    document.removeEventListener("visibilitychange", this.vanish);
    this.controls.dispose();
    this.land?.dispose();
    this.stage.dispose();
  }

  private side(): number {
    return this.land?.setup.side ?? 80;
  }

  private resize(): void {
    this.stage.resize(this.pace.sharpness);
  }

  /** Where one stands now, into `point`. */
  private locate(index: number, phase: number): void {
    const { crowd } = (this.land as Land).agents;
    const x = crowd.x(index, phase);
    const z = crowd.z(index, phase);
    this.point.set(x, this.ground(x, z), z);
  }

  private ground(x: number, z: number): number {
    if (this.land === null) return 0;
    const { field } = this.land;
    return heightAt(field, x + field.side / 2, z + field.side / 2);
  }

  private frame(time: number): void {
    this.request = requestAnimationFrame(next => this.frame(next));
    // Where the processor draws, it has better to do than a sky without a land.
    if (this.stage.plain && (time - this.drawnAt < PLAIN_PAUSE || this.land === null)) return;
    const passed = (time - this.drawnAt) / 1000;
    this.drawnAt = time;
    // The first frame after a hidden time says nothing.
    if (!this.wasHidden && this.pace.frame(passed)) this.resize();
    this.wasHidden = false;
    const step = Math.min(0.1, Math.max(0, passed));
    const { uTime, uPhase, uBeat, uLow } = this.stage.shared;
    const lower = (this.overlaid ? 1 : -1) * (Math.min(1, Math.max(0, passed)) / LOWERING);
    uLow.value = Math.min(1, Math.max(0, uLow.value + lower));
    // Slow frames hold the camera back, but not time, so that nothing piles up.
    uTime.value += Math.min(1, Math.max(0, passed));
    if (uPhase.value < 1) {
      uPhase.value = Math.min(1, (uTime.value - uBeat.value.x) / uBeat.value.y);
    }
    this.controls.advance(step);
    this.mark();
    this.rig.place(this.stage.camera, step, this.height);
    // The first frame of a land shows it bare.
    if (this.land !== null && this.drawn === this.land) this.land.plant();
    this.draw();
    this.drawn = this.land;
  }

  private readonly height = (x: number, z: number) => this.ground(x, z);

  private draw(): void {
    const { x, z, distance } = this.rig.view;
    this.land?.seenFrom(distance);
    this.stage.draw(x, z, distance, this.side());
  }

  /** Let marks and camera go along with the selected and the followed agent. */
  private mark(): void {
    if (this.land === null) return;
    const { crowd } = this.land.agents;
    const { uMark, uSight } = this.land.marks;
    const phase = this.stage.shared.uPhase.value;
    const one = this.selected === null ? -1 : crowd.indexOf(this.selected);
    uMark.value.w = one < 0 ? 0 : 1;
    if (one < 0) this.land.pointer.hide();
    uSight.value.w = one < 0 || this.radius === null ? 0 : 1;
    if (one >= 0) {
      this.locate(one, phase);
      const wide = 0.55 * Math.min(2.2, Math.max(1, this.rig.view.distance / 40));
      uMark.value.set(this.point.x, this.point.z, wide, 1);
      this.land.pointer.place(this.point, 1.8 * wide, this.stage.shared.uTime.value);
      if (this.radius !== null) {
        uSight.value.set(crowd.tileX(one, phase), crowd.tileZ(one, phase), this.radius + 0.5, 1);
      }
    }
    this.markChoices(phase);
    const led = this.followed === null ? -1 : crowd.indexOf(this.followed);
    if (led >= 0) {
      this.locate(led, phase);
      this.rig.lookAt(this.point.x, this.point.z);
    }
  }

  /** Mark where the agent that is played can go, and whom it can strike. */
  private markChoices(phase: number): void {
    const { crowd } = (this.land as Land).agents;
    const { uSteps, uTargets } = (this.land as Land).marks;
    const one = this.choices === null ? -1 : crowd.indexOf(this.choices.id);
    uSteps.value.w = 0;
    if (one < 0 || this.choices === null) return;
    const { moves, targets, move } = this.choices;
    const mask = moves.reduce((sum, may, k) => sum + (may ? 2 ** k : 0), 0);
    uSteps.value.set(crowd.tileX(one, 1), crowd.tileZ(one, 1), mask, 1 + move);
    for (const [k, place] of uTargets.value.entries()) {
      const index = k < targets.length ? crowd.indexOf(targets[k]) : -1;
      if (index < 0) place.w = 0;
      else place.set(crowd.x(index, phase), crowd.z(index, phase), 0.62, 1);
    }
  }
}
