// Which tick is shown: the newest as it comes, or any that is kept.
import type { History, Setup, Source, Tick } from "../net/types";
import type { World } from "../scene/world";
import { Chronicle, carry, indexOf, type Told } from "./chronicle";
import type { EventKind } from "./kinds";

/** Ticks a second that can be chosen; 0: as fast as it goes. */
export const RATES = [1, 2, 4, 8, 16, 32, 0];
const USUAL = 8;
/** Ticks a second at which the page plays what it keeps, where it is to go as fast as it can. */
const FASTEST = 60;
/** How long the answer to a wish for another pace may take [ms]. */
const ECHO = 2000;

export type Mode = "live" | "playing" | "paused";

export class Playback {
  mode: Mode = "live";
  rate = USUAL;
  setup: Setup | null = null;
  chronicle: Chronicle | null = null;
  /** The tick on the screen. */
  tick: Tick | null = null;
  private tiles = new Uint8Array(0);
  private timer = 0;
  private arrived = 0;
  /** The pace that was wished for last, until the world says that it goes so. */
  private wish: { rate: number; until: number } | null = null;
  /** Seconds between ticks, lately. */
  private apart = 1 / USUAL;
  /** Whether a step was asked for that has not come yet. */
  private stepping = false;

  constructor(
    private readonly world: World,
    private readonly source: Source,
    readonly history: History,
  ) {}

  begin(setup: Setup): void {
    this.halt();
    this.setup = setup;
    this.chronicle = new Chronicle(setup);
    this.tiles = setup.tiles.slice();
    this.tick = null;
    this.stepping = false;
    if (this.source.recorded) this.run();
    else if (this.mode === "playing") this.mode = "live";
  }

  /** Take in the newest tick, and tell what happened in it; null: nothing is known of the world. */
  arrive(tick: Tick): Told | null {
    if (this.chronicle === null) return null;
    const previous = this.tick;
    const derived = this.chronicle.add(tick);
    const now = performance.now();
    // Agents walk as long as ticks are apart.
    const apart = Math.min(1, Math.max(0.02, (now - this.arrived) / 1000));
    this.arrived = now;
    this.apart += (apart - this.apart) * 0.2;
    // While paused at the newest tick, a step that was asked for is shown.
    if (this.mode === "live" || previous === null || (this.stepping && this.atEnd(1))) {
      this.stepping = false;
      for (const { index, kind } of tick.tiles) this.tiles[index] = kind;
      this.tick = tick;
      this.world.tick(tick, Math.min(this.apart * 1.05, 0.9));
    }
    return derived;
  }

  /** Whether the last tick of a recording is shown. */
  get over(): boolean {
    return this.source.recorded && !this.source.reading && this.atEnd();
  }

  private atEnd(behind = 0): boolean {
    return this.tick !== null && this.index() >= this.history.length - 1 - behind;
  }

  /** The place of the shown tick in the history. */
  index(): number {
    return this.tick === null ? 0 : indexOf(this.history, this.tick.tick);
  }

  /** The map as it is in the shown tick. */
  map(): Uint8Array {
    return this.tiles;
  }

  toggle(): void {
    if (this.mode === "paused") this.play();
    else this.pause();
  }

  pause(): void {
    this.halt();
    this.mode = "paused";
    this.source.send({ type: "pause" });
  }

  /** Go on; from the end of a recording, from its beginning. */
  play(): void {
    if (this.over) {
      this.source.send({ type: "fresh" });
      return;
    }
    this.source.send({ type: "play" });
    if (this.atEnd() && !this.source.recorded) this.mode = "live";
    else this.run();
  }

  /** Go so many ticks on or back; beyond the newest the world is asked for another. */
  step(ticks: number): void {
    if (this.mode !== "paused") this.pause();
    if (ticks > 0 && this.atEnd()) {
      this.stepping = true;
      this.source.send({ type: "step" });
      return;
    }
    this.seek(this.index() + ticks);
  }

  /** Show the tick at a place of the history. */
  seek(index: number): void {
    if (this.chronicle === null || this.history.length === 0) return;
    const from = this.index();
    const to = Math.min(this.history.length - 1, Math.max(0, index));
    if (this.mode !== "playing") {
      this.halt();
      if (this.mode === "live") this.pause();
    }
    carry(this.tiles, this.history, this.chronicle, from, to);
    this.tick = this.history.at(to);
    if (to === from + 1) this.world.tick(this.tick, 1 / this.pace);
    else if (to !== from) this.world.show(this.tick, this.tiles);
  }

  seekTick(tick: number): void {
    this.seek(indexOf(this.history, tick));
  }

  /** Back to the newest tick, and on with the world; of a recording, to its end. */
  live(): void {
    this.halt();
    if (this.source.recorded) {
      this.mode = "paused";
      this.seek(this.history.length - 1);
      return;
    }
    if (this.history.length > 0 && !this.atEnd()) {
      this.mode = "playing";
      this.seek(this.history.length - 1);
    }
    this.mode = "live";
    this.source.send({ type: "play" });
  }

  /**
   * Show the next tick in which something of a kind happened, or the one before (−1).
   *
   * After the newest tick nothing has happened yet: from there the last one is shown. Says whether
   * there was one that is not shown already.
   */
  jump(kind: EventKind, by: 1 | -1 = 1): boolean {
    const here = this.index();
    const last = by > 0 && this.atEnd();
    const found = last ? this.search(kind, here, -1) : this.search(kind, here + by, by);
    if (found === null || (found === here && this.mode === "paused")) return false;
    if (this.mode !== "paused") this.pause();
    this.seek(found);
    return true;
  }

  /** The first place from one on, in a direction, where something of a kind happened. */
  private search(kind: EventKind, from: number, by: 1 | -1): number | null {
    for (let i = from; i >= 0 && i < this.history.length; i += by) {
      const counts = this.chronicle?.of(this.history.at(i))?.counts;
      if (counts !== undefined && counts[kind] > 0) return i;
    }
    return null;
  }

  setRate(rate: number): void {
    this.rate = rate;
    this.wish = { rate, until: performance.now() + ECHO };
    this.source.send({ type: "speed", rate });
    if (this.mode === "playing") this.run();
  }

  /** Hear how fast the world goes; while a newer wish is under way, older paces are of no interest. */
  hear(rate: number): void {
    const { wish } = this;
    if (wish !== null && performance.now() < wish.until && rate !== wish.rate) return;
    this.wish = null;
    this.rate = rate;
  }

  private get pace(): number {
    return this.rate || FASTEST;
  }

  faster(by: 1 | -1): void {
    const at = RATES.indexOf(this.rate) + by;
    if (at >= 0 && at < RATES.length) this.setRate(RATES[at]);
  }

  /** Play the ticks that are kept. */
  private run(): void {
    this.halt();
    this.mode = "playing";
    this.timer = window.setInterval(() => {
      if (this.over) this.end();
      else if (!this.atEnd()) this.seek(this.index() + 1);
      else if (!this.source.recorded) {
        this.halt();
        this.mode = "live";
      }
    }, 1000 / this.pace);
  }

  /** Stop at the end of a recording, unless another world follows there. */
  private end(): void {
    this.halt();
    this.mode = "paused";
    this.source.send({ type: "step" });
  }

  private halt(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
  }
}
