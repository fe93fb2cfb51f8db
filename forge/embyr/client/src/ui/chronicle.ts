// What happened, tick by tick: from it time can be turned back, and events be found.
import type { History, Setup, Tick } from "../net/types";
import { added, type Deed, handled, victims } from "./belongings";
import { type Harvest, harvests } from "./harvests";
import { find, isNpc } from "./npcs";
import { type Trade, traded } from "./trades";

/** A kill is of an agent, by an agent or an NPC; a hunt is of an NPC. */
export type EventKind =
  | "birth"
  | "death"
  | "kill"
  | "hunt"
  | "record"
  | "level"
  | "item"
  | "harvest"
  | "trade";

/** How many events of each kind there are: none. */
export const noEvents = (): Record<EventKind, number> => ({
  birth: 0,
  death: 0,
  kill: 0,
  hunt: 0,
  record: 0,
  level: 0,
  item: 0,
  harvest: 0,
  trade: 0,
});

export interface WorldEvent {
  kind: EventKind;
  tick: number;
  id: number;
  /** Of the agent that it is about: of a hunt, who slew. */
  population: number;
  /** See Setup.causeNames; −1 where nobody died. */
  cause: number;
  killer: number;
  killerPopulation: number;
  /** The NPC that slew or was slain; null: there is none, or nothing is known of it. */
  npc: { kind: number; level: number } | null;
  /** The skill in which a level was reached, and which; null: in none. */
  learned: { skill: number; level: number } | null;
  /** What was done with items; null: nothing. */
  deed: Deed | null;
  /** What was harvested; null: nothing. */
  harvest: Harvest | null;
  /** What was traded; null: nothing. */
  trade: Trade | null;
  /** Ticks lived; 0 where nobody died. */
  age: number;
  row: number;
  col: number;
}

/** What events have of which nobody died. */
const BLOODLESS = {
  cause: -1,
  killer: -1,
  killerPopulation: -1,
  npc: null,
  learned: null,
  deed: null,
  harvest: null,
  trade: null,
  age: 0,
};

/** What was worked out of a tick when it came. */
export interface Derived {
  /** The kind that each changed tile had before, in the order of Tick.tiles. */
  before: Uint8Array;
  events: WorldEvent[];
  /** How many events of each kind there are. */
  counts: Record<EventKind, number>;
  /** The living of each population. */
  living: Uint32Array;
}

/** Where each agent of a tick is in its columns. */
export function placesOf(tick: Tick, places: Map<number, number>): Map<number, number> {
  places.clear();
  const { id, n } = tick.agents;
  for (let k = 0; k < n; k++) places.set(id[k], k);
  return places;
}

export class Chronicle {
  /** The map as it is after the newest tick. */
  readonly tiles: Uint8Array;
  private readonly derived = new WeakMap<Tick, Derived>();
  private last: Tick | null = null;
  private lastPlaces = new Map<number, number>();
  private longest = 0;

  constructor(private readonly setup: Setup) {
    this.tiles = setup.tiles.slice();
  }

  of(tick: Tick): Derived | undefined {
    return this.derived.get(tick);
  }

  /** Take in the newest tick. Modifies `tiles` in place. */
  add(tick: Tick): Derived {
    const before = new Uint8Array(tick.tiles.length);
    for (const [k, { index, kind }] of tick.tiles.entries()) {
      before[k] = this.tiles[index];
      this.tiles[index] = kind;
    }
    const living = new Uint32Array(this.setup.populations.length);
    const { n, population } = tick.agents;
    for (let k = 0; k < n; k++) living[population[k]]++;
    const events = this.events(tick);
    const counts = noEvents();
    for (const { kind } of events) counts[kind]++;
    const derived = { before, events, counts, living };
    this.derived.set(tick, derived);
    this.last = tick;
    return derived;
  }

  private events(tick: Tick): WorldEvent[] {
    const events: WorldEvent[] = [];
    const then = this.lastPlaces;
    if (this.last !== null) {
      for (const { id, cause, killer } of tick.deaths) {
        const event = isNpc(id)
          ? this.hunt(this.last, tick.tick, id, cause, killer)
          : this.death(this.last, tick.tick, id, cause, killer);
        if (event === null) continue;
        events.push(event);
        if (event.kind === "hunt") continue;
        if (event.age > this.longest) {
          if (this.longest > 0) events.push({ ...event, kind: "record" });
          this.longest = event.age;
        }
      }
      this.learn(this.last, tick, events);
      this.handle(this.last, tick, events);
      this.gather(this.last, tick, events);
      this.exchange(this.last, tick, events);
    }
    const places = placesOf(tick, then);
    for (const id of tick.births) {
      const k = places.get(id);
      if (k === undefined) continue;
      events.push({ ...BLOODLESS, kind: "birth", tick: tick.tick, ...whereabouts(tick, k) });
    }
    return events;
  }

  /** Find who has reached another level since the last tick. Modifies `events` in place. */
  private learn(last: Tick, tick: Tick, events: WorldEvent[]): void {
    const [before, now] = [last.agents.skills, tick.agents.skills];
    if (before === undefined || now === undefined) return;
    for (let k = 0; k < tick.agents.n; k++) {
      const then = this.lastPlaces.get(tick.agents.id[k]);
      if (then === undefined) continue;
      for (const [skill, levels] of now.level.entries()) {
        if (levels[k] <= before.level[skill][then]) continue;
        const learned = { skill, level: levels[k] };
        const where = whereabouts(tick, k);
        events.push({ ...BLOODLESS, kind: "level", tick: tick.tick, ...where, learned });
      }
    }
  }

  /** Find what agents did with items since the last tick. Modifies `events` in place. */
  private handle(last: Tick, tick: Tick, events: WorldEvent[]): void {
    const { items } = this.setup;
    const [before, now] = [last.agents.bags, tick.agents.bags];
    if (items === undefined || before === undefined || now === undefined) return;
    const slain = victims(tick);
    for (let k = 0; k < tick.agents.n; k++) {
      const id = tick.agents.id[k];
      const then = this.lastPlaces.get(id);
      if (then === undefined) continue;
      const bought = (which: Tick, at: number) => which.agents.purses?.bought[at] ?? 0;
      const buys = bought(tick, k) > bought(last, then);
      for (const deed of handled(items, [before, then], [now, k], slain.get(id) ?? -1)) {
        if (buys && deed.verb === "finds") continue; // told as a trade
        const where = whereabouts(tick, k);
        events.push({ ...BLOODLESS, kind: "item", tick: tick.tick, ...where, deed });
      }
    }
  }

  /** Find what agents have harvested since the last tick. Modifies `events` in place. */
  private gather(last: Tick, tick: Tick, events: WorldEvent[]): void {
    if (this.setup.professions === undefined) return;
    for (let k = 0; k < tick.agents.n; k++) {
      const then = this.lastPlaces.get(tick.agents.id[k]);
      if (then === undefined) continue;
      for (const harvest of harvests(this.setup, [last.agents, then], [tick.agents, k])) {
        const where = whereabouts(tick, k);
        events.push({ ...BLOODLESS, kind: "harvest", tick: tick.tick, ...where, harvest });
      }
    }
  }

  /** Find what agents traded since the last tick. Modifies `events` in place. */
  private exchange(last: Tick, tick: Tick, events: WorldEvent[]): void {
    const { items } = this.setup;
    const [before, now] = [last.agents, tick.agents];
    if (items === undefined || before.purses === undefined || now.purses === undefined) return;
    for (let k = 0; k < now.n; k++) {
      const then = this.lastPlaces.get(now.id[k]);
      if (then === undefined || before.bags === undefined || now.bags === undefined) continue;
      const gained = added(items, [before.bags, then], [now.bags, k]);
      for (const trade of traded([before.purses, then], [now.purses, k], gained)) {
        const where = whereabouts(tick, k);
        events.push({ ...BLOODLESS, kind: "trade", tick: tick.tick, ...where, trade });
      }
    }
  }

  /** An NPC was slain, by an agent. */
  private hunt(
    last: Tick,
    tick: number,
    id: number,
    cause: number,
    killer: number,
  ): WorldEvent | null {
    const { rows, k } = find(last, id);
    const by = this.lastPlaces.get(killer);
    if (k < 0 || by === undefined) return null;
    const whose = last.agents.population[by];
    return {
      ...BLOODLESS,
      kind: "hunt",
      tick,
      id,
      population: whose,
      cause,
      killer,
      killerPopulation: whose,
      npc: npcIn(last, id),
      age: rows.age[k] + 1,
      row: rows.row[k],
      col: rows.col[k],
    };
  }

  private death(
    last: Tick,
    tick: number,
    id: number,
    cause: number,
    killer: number,
  ): WorldEvent | null {
    const k = this.lastPlaces.get(id);
    if (k === undefined) return null;
    const { population, row, col, age } = last.agents;
    const by = this.lastPlaces.get(killer);
    return {
      ...BLOODLESS,
      kind: killer === -1 ? "death" : "kill",
      tick,
      id,
      population: population[k],
      cause,
      killer,
      killerPopulation: by === undefined ? -1 : population[by],
      npc: isNpc(killer) ? npcIn(last, killer) : null,
      age: age[k] + 1,
      row: row[k],
      col: col[k],
    };
  }
}

/** Who an agent is, and where, given its place in the columns. */
function whereabouts({ agents }: Tick, k: number) {
  const { id, population, row, col } = agents;
  return { id: id[k], population: population[k], row: row[k], col: col[k] };
}

/** What an NPC was that lived in a tick. */
function npcIn(tick: Tick, id: number): WorldEvent["npc"] {
  const { k } = find(tick, id);
  const { npcs } = tick;
  return k < 0 || npcs === undefined ? null : { kind: npcs.kind[k], level: npcs.level[k] };
}

/** Find the place of a tick number in a history; the last one that is not later. */
export function indexOf(history: History, tick: number): number {
  let [low, high] = [0, history.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (history.at(middle).tick <= tick) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Carry a map from one tick of a history to another. Modifies tiles in place.
 *
 * Forwards, changes are made; backwards, they are undone.
 */
export function carry(
  tiles: Uint8Array,
  history: History,
  chronicle: Chronicle,
  from: number,
  to: number,
): void {
  for (let i = from + 1; i <= to; i++) {
    for (const { index, kind } of history.at(i).tiles) tiles[index] = kind;
  }
  for (let i = from; i > to; i--) {
    const tick = history.at(i);
    const before = chronicle.of(tick)?.before;
    if (before === undefined) continue;
    for (let k = tick.tiles.length - 1; k >= 0; k--) tiles[tick.tiles[k].index] = before[k];
  }
}
