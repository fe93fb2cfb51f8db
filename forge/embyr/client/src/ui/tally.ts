// Sums over what has been seen of each population since the realm was opened.
import type { Setup, Tick } from "../net/types";
import type { Derived } from "./chronicle";

/** Deaths whose lifetimes make the running mean. */
const RECENT = 100;

export interface Line {
  living: number;
  births: number;
  deaths: number;
  kills: number;
  /** Deaths by cause, as in Setup.causeNames. */
  causes: Uint32Array;
  /** Mean over the last lives that ended, in ticks; NaN before the first. */
  lifetime: number;
}

/** A window over the last numbers that gives their mean. */
export class Recent {
  private readonly values: number[] = [];
  private next = 0;
  private sum = 0;

  constructor(private readonly room: number) {}

  add(value: number): void {
    if (this.values.length === this.room) this.sum -= this.values[this.next];
    this.values[this.next] = value;
    this.sum += value;
    this.next = (this.next + 1) % this.room;
  }

  mean(): number {
    return this.values.length === 0 ? Number.NaN : this.sum / this.values.length;
  }
}

export class Tally {
  readonly lines: Line[];
  /** Times that each tile was stood on, and that somebody died there. */
  readonly visits: Float32Array;
  readonly graves: Float32Array;
  private readonly lifetimes: Recent[];
  private readonly side: number;

  constructor(setup: Setup) {
    this.side = setup.side;
    this.visits = new Float32Array(setup.side ** 2);
    this.graves = new Float32Array(setup.side ** 2);
    this.lines = setup.populations.map(() => ({
      living: 0,
      births: 0,
      deaths: 0,
      kills: 0,
      causes: new Uint32Array(setup.causeNames.length),
      lifetime: Number.NaN,
    }));
    this.lifetimes = setup.populations.map(() => new Recent(RECENT));
  }

  add(tick: Tick, derived: Derived): void {
    const { n, row, col } = tick.agents;
    for (let k = 0; k < n; k++) this.visits[row[k] * this.side + col[k]]++;
    for (const [population, line] of this.lines.entries()) {
      line.living = derived.living[population];
    }
    for (const event of derived.events) {
      const line = this.lines[event.population];
      if (event.kind === "birth") line.births++;
      if (event.kind !== "death" && event.kind !== "kill") continue;
      line.deaths++;
      if (event.cause >= 0 && event.cause < line.causes.length) line.causes[event.cause]++;
      this.lifetimes[event.population].add(event.age);
      line.lifetime = this.lifetimes[event.population].mean();
      this.graves[event.row * this.side + event.col]++;
      if (event.killerPopulation >= 0) this.lines[event.killerPopulation].kills++;
    }
  }
}
