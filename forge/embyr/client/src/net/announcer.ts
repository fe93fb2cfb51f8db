// What every source does: it takes note of who wants to hear, and tells them.
import type { EpochNews, Inspection, Overlay, Seats, Setup, Tick } from "./types";

/** What a source can tell, by the kind of news. */
export interface News {
  setup: [setup: Setup];
  tick: [tick: Tick];
  status: [status: string];
  /** The sentence that says where the world comes from, when it changes. */
  source: [source: string];
  inspection: [inspection: Inspection];
  overlay: [overlay: Overlay];
  /** How fast the world goes [ticks/s; 0: as fast as it can]; whoever watches may change it. */
  pace: [rate: number, paused: boolean];
  /** Who plays agents by hand. */
  seats: [seats: Seats];
  /** What the run that is watched has written of its epochs. */
  epochs: [news: EpochNews];
}

export type Listener<K extends keyof News> = (...news: News[K]) => void;

export class Announcer {
  private readonly listeners = new Map<keyof News, Listener<never>[]>();

  /** Call back at every piece of news of a kind. */
  on<K extends keyof News>(kind: K, listener: Listener<K>): void {
    const known = this.listeners.get(kind) ?? [];
    known.push(listener as Listener<never>);
    this.listeners.set(kind, known);
  }

  protected tell<K extends keyof News>(kind: K, ...news: News[K]): void {
    for (const listener of this.listeners.get(kind) ?? []) (listener as Listener<K>)(...news);
  }
}
