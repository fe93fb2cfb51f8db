// What every source does: it takes note of who wants to hear, and tells them.
import type { Listener, News } from "./types";

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
