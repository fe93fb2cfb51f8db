// What happened, tick by tick: from it time can be turned back, and events be found.
import type { Piece } from "../net/items";
import type { Death, Happened, History, Setup, Tick } from "../net/types";
import { type EventKind, kindsByCode, noEvents } from "./kinds";
import { find, isNpc } from "./npcs";
import { fulfilled } from "./quests";

/** Most events of a kind that are made of the rows or attacks of one tick. */
export const A_TICK = 8;
/** Rows of these kinds are one event where one agent makes several of them with the same other. */
const TOGETHER: EventKind[] = ["loot", "harvest"];

export interface WorldEvent {
  kind: EventKind;
  tick: number;
  /** Whom it is about: who did it, or was born, or died; of a hunt, the NPC. */
  id: number;
  /** Of the agent that it is about; of an NPC's hit, of the agent that it strikes; of a hunt, who slew. */
  population: number;
  row: number;
  col: number;
  /** The id of who else takes part: who slew, was struck, robbed, paid or was given; −1: nobody. */
  other: number;
  /** The population of that agent; −1: there is none, or it is not known. */
  otherPopulation: number;
  /** The NPC among the two; null: there is none, or nothing is known of it. */
  npc: { kind: number; level: number } | null;
  /** See Setup.causeNames; −1 where nobody died. */
  cause: number;
  /** Ticks lived; 0 where nobody died. */
  age: number;
  /** The style of a hit, the skill of a level, the number of a quest; −1: none. */
  what: number;
  /** Damage, gold, or the level that is reached. */
  number: number;
  /** The items that it is about. */
  pieces: Omit<Piece, "worn">[];
}

/** What events have of which nobody died and nothing else is known. */
const PLAIN = {
  other: -1,
  otherPopulation: -1,
  npc: null,
  cause: -1,
  age: 0,
  what: -1,
  number: 0,
  pieces: [],
};

/** What was worked out of a tick when it came, and is kept. */
export interface Derived {
  /** The kind that each changed tile had before, in the order of Tick.tiles. */
  before: Uint8Array;
  /** How many events of each kind there are. */
  counts: Record<EventKind, number>;
  /** The living of each population. */
  living: Uint32Array;
}

/** What is told of a tick when it comes. */
export interface Told extends Derived {
  events: WorldEvent[];
}

/** Where agents are in their columns. */
type Places = Pick<Map<number, number>, "get" | "has">;

/** Where agents of a tick are, each sought when it is asked for. */
function sought(tick: Tick | null): Places {
  const ids = tick?.agents.id.subarray(0, tick.agents.n);
  const at = (id: number) => ids?.indexOf(id) ?? -1;
  return { has: id => at(id) >= 0, get: id => (at(id) < 0 ? undefined : at(id)) };
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
  private readonly kinds: (EventKind | undefined)[];
  private last: Tick | null = null;
  private places: [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
  private longest = 0;

  constructor(private readonly setup: Setup) {
    this.tiles = setup.tiles.slice();
    this.kinds = kindsByCode(setup);
  }

  of(tick: Tick): Derived | undefined {
    return this.derived.get(tick);
  }

  /** Take in the newest tick, and tell its events. Modifies `tiles` in place. */
  add(tick: Tick): Told {
    const before = new Uint8Array(tick.tiles.length);
    for (const [k, { index, kind }] of tick.tiles.entries()) {
      before[k] = this.tiles[index];
      this.tiles[index] = kind;
    }
    const living = new Uint32Array(this.setup.populations.length);
    const { n, population } = tick.agents;
    for (let k = 0; k < n; k++) living[population[k]]++;
    const counts = noEvents();
    const events = this.events(tick, counts);
    const derived = { before, counts, living };
    this.derived.set(tick, derived);
    this.last = tick;
    return { ...derived, events };
  }

  /** Tell what an agent or an NPC took part in, in the tick at a place of a history. */
  about(history: History, place: number, id: number): WorldEvent[] {
    const [tick, last] = [history.at(place), place > 0 ? history.at(place - 1) : null];
    const places: [Places, Places] = [sought(tick), sought(last)];
    return new Page(this.setup, this.kinds, tick, last, ...places, id).read().events;
  }

  private events(tick: Tick, counts: Record<EventKind, number>): WorldEvent[] {
    const [then, now] = this.places;
    placesOf(tick, now);
    const page = new Page(this.setup, this.kinds, tick, this.last, now, then).read();
    for (const event of page.events.filter(({ cause }) => cause >= 0)) {
      if (event.kind === "hunt" || event.age <= this.longest) continue;
      if (this.longest > 0) page.add({ ...event, kind: "record" });
      this.longest = event.age;
    }
    Object.assign(counts, page.counts);
    this.places = [now, then];
    return page.events;
  }
}

/** The events of one tick, as they are found. */
class Page {
  readonly events: WorldEvent[] = [];
  readonly counts = noEvents();

  constructor(
    private readonly setup: Setup,
    private readonly kinds: (EventKind | undefined)[],
    private readonly tick: Tick,
    private readonly last: Tick | null,
    private readonly now: Places,
    private readonly then: Places,
    /** The agent or NPC that takes part in all of them; null: any does. */
    private readonly about: number | null = null,
  ) {}

  /** Find them, but for records. */
  read(): this {
    if (this.last !== null) {
      this.deaths();
      this.attacks();
      this.rows();
      this.quests();
    }
    this.births();
    return this;
  }

  add(event: WorldEvent): void {
    this.counts[event.kind]++;
    this.events.push(event);
  }

  births(): void {
    for (const id of this.tick.births) {
      if (this.isAbout(id) && this.now.has(id))
        this.add({ ...PLAIN, kind: "birth", ...this.whereabouts(id) });
    }
  }

  /** Agents and NPCs died: they lived in the tick before. */
  deaths(): void {
    for (const death of this.tick.deaths) {
      if (!this.isAbout(death.id, death.killer)) continue;
      const event = isNpc(death.id) ? this.hunt(death) : this.death(death);
      if (event !== null) this.add(event);
    }
  }

  /** An NPC was slain, by an agent. */
  private hunt({ id, cause, killer }: Death): WorldEvent | null {
    const { rows, k } = find(this.last as Tick, id);
    const population = this.populationOf(killer);
    if (k < 0 || population < 0) return null;
    return {
      ...PLAIN,
      kind: "hunt",
      tick: this.tick.tick,
      id,
      population,
      row: rows.row[k],
      col: rows.col[k],
      ...this.involved(killer, id),
      cause,
      age: rows.age[k] + 1,
    };
  }

  private death({ id, cause, killer }: Death): WorldEvent | null {
    const k = this.then.get(id);
    if (k === undefined) return null;
    const { age } = (this.last as Tick).agents;
    return {
      ...PLAIN,
      kind: killer === -1 ? "death" : "kill",
      ...this.whereabouts(id),
      ...this.involved(killer),
      cause,
      age: age[k] + 1,
    };
  }

  attacks(): void {
    for (const { from, to, style, damage } of this.tick.attacks) {
      const [agent, npc] = isNpc(from) ? [to, from] : [from, to];
      if (!this.isAbout(from, to) || !this.knows(agent) || !this.room("hit")) continue;
      const where = { ...this.whereabouts(agent), id: from, ...this.involved(to, npc) };
      this.add({ ...PLAIN, kind: "hit", ...where, what: style, number: damage });
    }
  }

  /** What rows tell. */
  rows(): void {
    let before: Happened | null = null;
    let open: WorldEvent | null = null; // that the next row may add to
    for (const row of this.tick.happened) {
      const kind = this.kinds[row.code];
      if (kind === undefined || !this.isAbout(row.who, row.other) || !this.knows(row.who)) continue;
      const goesOn = TOGETHER.includes(kind) && before !== null && isOne(before, row);
      before = row;
      if (goesOn) open?.pieces.push(...this.piecesIn(row));
      else if (!this.room(kind)) open = null;
      else {
        open = this.told(kind, row);
        this.add(open);
      }
    }
  }

  private told(kind: EventKind, row: Happened): WorldEvent {
    const isLevel = kind === "level";
    return {
      ...PLAIN,
      kind,
      ...this.whereabouts(row.who, row.ago),
      ...this.involved(row.other),
      what: isLevel ? row.kind - 1 : -1,
      number: isLevel ? row.level : row.price || row.number,
      pieces: this.piecesIn(row),
    };
  }

  private piecesIn({ kind, level, number }: Happened): WorldEvent["pieces"] {
    return kind > 0 && this.setup.items !== undefined ? [{ kind, level, quantity: number }] : [];
  }

  /** Who has done what its quest asks for since the last tick. */
  quests(): void {
    const { agents } = this.tick;
    if (this.setup.quests === undefined || this.last === null) return;
    for (let k = 0; k < agents.n; k++) {
      if (!this.isAbout(agents.id[k])) continue;
      const then = this.then.get(agents.id[k]);
      if (then === undefined || !fulfilled(this.setup.quests, agents.quests, k)) continue;
      if (fulfilled(this.setup.quests, this.last.agents.quests, then)) continue;
      const what = agents.quests?.number[k] ?? -1;
      this.add({ ...PLAIN, kind: "quest", ...this.whereabouts(agents.id[k]), what });
    }
  }

  private isAbout(...ids: number[]): boolean {
    return this.about === null || ids.includes(this.about);
  }

  /** Say whether another event of a kind is made; those that are not are counted. */
  private room(kind: EventKind): boolean {
    if (this.counts[kind] < A_TICK || this.about !== null) return true;
    this.counts[kind]++;
    return false;
  }

  private knows(id: number): boolean {
    return this.now.has(id) || this.then.has(id);
  }

  /** Who a known agent is, and where it is or was last. */
  private whereabouts(id: number, ago = 0) {
    const k = this.now.get(id);
    const { agents } = k === undefined ? (this.last as Tick) : this.tick;
    const at = k ?? (this.then.get(id) as number);
    const [population, row, col] = [agents.population[at], agents.row[at], agents.col[at]];
    return { tick: this.tick.tick - ago, id, population, row, col };
  }

  /** Who else takes part; `npc` is the NPC that there is, if it is not the other. */
  private involved(other: number, npc = other) {
    const otherPopulation = this.populationOf(other);
    return { other, otherPopulation, npc: isNpc(npc) ? this.npcIn(npc) : null };
  }

  private populationOf(id: number): number {
    const [then, now] = [this.then.get(id), this.now.get(id)];
    if (then !== undefined && this.last !== null) return this.last.agents.population[then];
    return now === undefined ? -1 : this.tick.agents.population[now];
  }

  /** What an NPC was that lived in the tick before, or does in this one. */
  private npcIn(id: number): WorldEvent["npc"] {
    for (const tick of [this.last, this.tick]) {
      const { k } = tick?.npcs === undefined ? { k: -1 } : find(tick, id);
      if (tick?.npcs && k >= 0) return { kind: tick.npcs.kind[k], level: tick.npcs.level[k] };
    }
    return null;
  }
}

/** Whether two rows tell of one deed. */
function isOne(a: Happened, b: Happened): boolean {
  return a.code === b.code && a.who === b.who && a.other === b.other && a.ago === b.ago;
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
