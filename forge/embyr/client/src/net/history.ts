// Keep the last ticks of a realm.
import type { History, Tick } from "./types";

/** Ticks that are kept, at most; fewer where more agents live than all these rows hold. */
const TICKS = 2000;
const ROWS = 3_000_000;

function rowsOf({ agents, npcs }: Tick): number {
  return agents.n + (npcs?.n ?? 0);
}

export class Kept implements History {
  private ticks: (Tick | null)[] = [];
  /** Places before this one are empty; they are cut off now and then, not at every tick. */
  private from = 0;
  private rows = 0;

  constructor(
    private readonly mostTicks = TICKS,
    private readonly mostRows = ROWS,
  ) {}

  get length(): number {
    return this.ticks.length - this.from;
  }

  at(place: number): Tick {
    return this.ticks[this.from + place] as Tick;
  }

  now(): Tick | undefined {
    return this.ticks.at(-1) ?? undefined;
  }

  /** Forget everything: another world begins. */
  clear(): void {
    this.ticks = [];
    this.from = this.rows = 0;
  }

  /** Add the newest tick; the oldest are dropped where there is no room. */
  add(tick: Tick): void {
    this.ticks.push(tick);
    this.rows += rowsOf(tick);
    while (this.length > this.mostTicks || (this.rows > this.mostRows && this.length > 1)) {
      this.rows -= rowsOf(this.at(0));
      this.ticks[this.from++] = null;
    }
    if (this.from > this.length) {
      this.ticks = this.ticks.slice(this.from);
      this.from = 0;
    }
  }
}
