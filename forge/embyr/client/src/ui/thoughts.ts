// What agents thought lately, by the tick in which they did.
import type { Inspection } from "../net/types";

/** How many are kept, at most: as many as ticks are. */
const MOST = 2000;

export class Thoughts {
  private kept = new Map<string, Inspection>();
  private newest = new Map<number, Inspection>();

  clear(): void {
    this.kept.clear();
    this.newest.clear();
  }

  add(inspection: Inspection): void {
    const { id, tick } = inspection;
    this.kept.set(`${tick}/${id}`, inspection);
    this.newest.set(id, inspection);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST) this.kept.delete(oldest);
  }

  /** What an agent thought in a tick; null: nobody asked then. */
  of(id: number, tick: number): Inspection | null {
    return this.kept.get(`${tick}/${id}`) ?? null;
  }

  /** What it thought when it was asked last. */
  last(id: number): Inspection | null {
    return this.newest.get(id) ?? null;
  }
}
