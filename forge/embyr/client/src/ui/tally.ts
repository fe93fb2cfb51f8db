// Sums over what has been seen of each population since the realm was opened.
import type { Setup, Tick } from "../net/types";
import type { Told } from "./chronicle";
import { done } from "./quests";

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
  /** Mean combat level of the living; NaN where nobody lives, or the world has no skills. */
  level: number;
  /** How much of their quests the living have done, on average, in per cent; NaN as above. */
  quest: number;
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

/** Numbers of the map's shape for each population; made as they are needed. */
export class Counts {
  private readonly of: Float32Array[] = [];

  constructor(private readonly side: number) {}

  add(population: number, row: number, col: number): void {
    this.of[population] ??= new Float32Array(this.side ** 2);
    this.of[population][row * this.side + col]++;
  }

  /** Those of a population, or the sum over all (−1), with NaN in place of 0. */
  shown(population: number): Float32Array {
    const sum = new Float32Array(this.side ** 2);
    for (const [p, counts] of this.of.entries()) {
      if (counts === undefined || (population >= 0 && p !== population)) continue;
      for (let k = 0; k < sum.length; k++) sum[k] += counts[k];
    }
    return sum.map(count => (count > 0 ? count : Number.NaN));
  }
}

export class Tally {
  readonly lines: Line[];
  /** By population: times that each tile was stood on, and that somebody died there. */
  readonly visits: Counts;
  readonly graves: Counts;
  private readonly lifetimes: Recent[];

  constructor(private readonly setup: Setup) {
    this.visits = new Counts(setup.side);
    this.graves = new Counts(setup.side);
    this.lines = setup.populations.map(() => ({
      living: 0,
      births: 0,
      deaths: 0,
      kills: 0,
      causes: new Uint32Array(setup.causeNames.length),
      lifetime: Number.NaN,
      level: Number.NaN,
      quest: Number.NaN,
    }));
    this.lifetimes = setup.populations.map(() => new Recent(RECENT));
  }

  add(tick: Tick, derived: Told): void {
    const { n, row, col, population: whose, skills, quests } = tick.agents;
    const levels = new Float64Array(this.lines.length);
    const shares = new Float64Array(this.lines.length);
    for (let k = 0; k < n; k++) {
      this.visits.add(whose[k], row[k], col[k]);
      levels[whose[k]] += skills?.combat[k] ?? Number.NaN;
      shares[whose[k]] += done(this.setup.quests, quests, k);
    }
    for (const [population, line] of this.lines.entries()) {
      line.living = derived.living[population];
      line.level = levels[population] / line.living;
      line.quest = (100 * shares[population]) / line.living;
    }
    for (const event of derived.events) {
      const line = this.lines[event.population];
      if (event.kind === "birth") line.births++;
      if (event.kind !== "death" && event.kind !== "kill") continue;
      line.deaths++;
      if (event.cause >= 0 && event.cause < line.causes.length) line.causes[event.cause]++;
      this.lifetimes[event.population].add(event.age);
      line.lifetime = this.lifetimes[event.population].mean();
      this.graves.add(event.population, event.row, event.col);
      if (event.otherPopulation >= 0) this.lines[event.otherPopulation].kills++;
    }
  }
}
