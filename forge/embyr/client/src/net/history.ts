// Keep the last ticks of a realm, and the map at any of them.
import type { EventKind, Happening, Tick } from "./types";

/** Ticks that are kept, at most; fewer where more agents live than all these rows hold. */
const TICKS = 2000;
const ROWS = 3_000_000;

interface Kept {
  tick: Tick;
  /** What the changed tiles were before, in the order of tick.tiles. */
  was: Uint8Array;
}

export class History {
  private kept: Kept[] = [];
  private rows = 0;
  private cursor = -1;

  /** Begin with the map as it is before the first tick. */
  constructor(readonly tiles: Uint8Array) {}

  get size(): number {
    return this.kept.length;
  }

  /** Place of the tick that `tiles` shows; −1: before the first. */
  get at(): number {
    return this.cursor;
  }

  get ticks(): Tick[] {
    return this.kept.map(({ tick }) => tick);
  }

  get(place: number): Tick | null {
    return this.kept[place]?.tick ?? null;
  }

  /** Add the newest tick; say whether the oldest ones, and so the shown one, were dropped. */
  add(tick: Tick): void {
    const end = this.size - 1;
    const back = this.cursor;
    this.seek(end);
    const was = Uint8Array.from(tick.tiles, ({ index }) => this.tiles[index]);
    this.kept.push({ tick, was });
    this.rows += tick.agents.n;
    this.seek(back);
    while (this.size > TICKS || (this.rows > ROWS && this.size > 1)) this.drop();
  }

  /** Show the map as it was after the tick at that place. */
  seek(place: number): void {
    while (this.cursor > place) {
      const { tick, was } = this.kept[this.cursor--];
      // Backwards: a tile may have changed more than once.
      for (let i = was.length - 1; i >= 0; i--) this.tiles[tick.tiles[i].index] = was[i];
    }
    while (this.cursor < place) {
      const { tick } = this.kept[++this.cursor];
      for (const { index, kind } of tick.tiles) this.tiles[index] = kind;
    }
  }

  /** Place of the kept tick whose number is nearest. */
  nearest(number: number): number {
    let best = -1;
    let away = Infinity;
    for (let i = 0; i < this.size; i++) {
      const d = Math.abs(this.kept[i].tick.tick - number);
      if (d < away) [best, away] = [i, d];
    }
    return best;
  }

  /** Place of the next tick in a direction in which something of that kind has happened; −1. */
  find(kind: EventKind, from: number, direction: number): number {
    const step = direction < 0 ? -1 : 1;
    for (let i = from + step; i >= 0 && i < this.size; i += step) {
      if (happened(this.kept[i].tick).some(event => event.kind === kind)) return i;
    }
    return -1;
  }

  happenings(): Happening[] {
    return this.kept.flatMap(({ tick }) => happened(tick));
  }

  private drop(): void {
    if (this.cursor < 0) this.seek(0);
    const [oldest] = this.kept.splice(0, 1);
    this.rows -= oldest.tick.agents.n;
    this.cursor--;
  }
}

/** List what has happened in a tick. A death by somebody's hand is a kill. */
export function happened(tick: Tick): Happening[] {
  const births: Happening[] = tick.births.map(id => ({
    tick: tick.tick,
    kind: "birth",
    id,
    cause: 0,
    killer: -1,
  }));
  const deaths: Happening[] = tick.deaths.map(({ id, cause, killer }) => ({
    tick: tick.tick,
    kind: killer >= 0 ? "kill" : "death",
    id,
    cause,
    killer,
  }));
  return [...births, ...deaths];
}
