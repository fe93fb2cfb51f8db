// Who stands where, between two ticks: arrays that shaders read as they are.
import type { ItemSetup, Tick } from "../net/types";
import { buildOf, KINDS, sizeOf } from "./beast";
import { grown, TALL } from "./figure";

/** Seconds for which the dead can still be seen. */
export const FADE = 1.4;

export const ALIVE = 0;
export const DEAD = 1;

/** Where those on one tile stand, so that all can be seen; in tiles from its middle. */
const SPREAD = [
  [0, 0],
  [0.24, 0.2],
  [-0.24, -0.2],
  [0.22, -0.24],
  [-0.22, 0.24],
  [0.34, 0],
  [-0.34, 0],
  [0, 0.34],
  [0, -0.34],
];

/** What NPCs show in place of a population's colour (linear). */
const HIDE = [0.72, 0.62, 0.46] as const;

/** What a shader needs of each: four numbers a piece. */
export interface Columns {
  /** x and z before, x and z now, from the middle of the map. */
  walk: Float32Array;
  /** The way it faces before and now [radians], 1 if it walks, a number of its own 0 … 1. */
  turn: Float32Array;
  /** Its population's colour (linear), and ALIVE or DEAD. */
  tint: Float32Array;
  /** Freeze, immune, damage in this tick, when it was born or died [seconds]. */
  state: Float32Array;
  /** Health, food and water as shares, and what health was before. */
  stats: Float32Array;
  /** 0 for an agent, else its kind of NPC; its size; its height [tiles]; 1 if it strikes. */
  form: Float32Array;
  /** What is worn in each slot of items: its kind (0: nothing) and its level; not for shaders. */
  worn: Uint8Array;
}

/** What agents and NPCs have alike. */
interface Rows {
  id: Int32Array;
  row: Int16Array;
  col: Int16Array;
  freeze: Int16Array;
  damage: Int16Array;
}

export const COLUMNS = ["walk", "turn", "tint", "state", "stats", "form"] as const;

export interface Limits {
  side: number;
  maxHealth: number;
  maxFood: number;
  maxWater: number;
  /** The most health of NPCs, where there are any. */
  npcHealth?: number;
  /** What stays of items, where there are any. */
  items?: ItemSetup;
  /** Red, green, blue of each population, linear. */
  colors: readonly (readonly [number, number, number])[];
}

/** The shortest way from one direction to another, so that nobody spins. */
export function nearestTurn(from: number, to: number): number {
  const turn = (to - from) % (2 * Math.PI);
  if (turn > Math.PI) return from + turn - 2 * Math.PI;
  return turn < -Math.PI ? from + turn + 2 * Math.PI : from + turn;
}

function columns(capacity: number, slots: number): Columns {
  const four = () => new Float32Array(4 * capacity);
  const [walk, turn, tint, state] = [four(), four(), four(), four()];
  const worn = new Uint8Array(2 * slots * capacity);
  return { walk, turn, tint, state, stats: four(), form: four(), worn };
}

export class Crowd {
  /** How many are drawn: living agents, living NPCs, then the dead who still fade. */
  count = 0;
  living = 0;
  /** Populations that are left out. */
  hidden: ReadonlySet<number> = new Set();
  ids: Int32Array;
  /** Slots of items that can be worn; 0: there are no items. */
  readonly slots: number;
  now: Columns;
  private before: Columns;
  private places = new Map<number, number>();
  private placesBefore = new Map<number, number>();
  private readonly taken: Uint8Array;

  constructor(
    private readonly limits: Limits,
    public capacity: number,
  ) {
    this.ids = new Int32Array(capacity);
    this.slots = limits.items === undefined ? 0 : limits.items.slots.length - 1;
    this.now = columns(capacity, this.slots);
    this.before = columns(capacity, this.slots);
    this.taken = new Uint8Array(limits.side * limits.side);
  }

  indexOf(id: number): number {
    return this.places.get(id) ?? -1;
  }

  x(index: number, phase: number): number {
    const { walk } = this.now;
    return walk[4 * index] + (walk[4 * index + 2] - walk[4 * index]) * phase;
  }

  z(index: number, phase: number): number {
    const { walk } = this.now;
    return walk[4 * index + 1] + (walk[4 * index + 3] - walk[4 * index + 1]) * phase;
  }

  /** The middle of its tile, which the square that it sees lies around. */
  tileX(index: number, phase: number): number {
    return this.middle(this.now.walk[4 * index], this.now.walk[4 * index + 2], phase);
  }

  tileZ(index: number, phase: number): number {
    return this.middle(this.now.walk[4 * index + 1], this.now.walk[4 * index + 3], phase);
  }

  private middle(from: number, to: number, phase: number): number {
    const half = this.limits.side / 2;
    const [a, b] = [Math.floor(from + half) + 0.5, Math.floor(to + half) + 0.5];
    return a + (b - a) * phase - half;
  }

  /**
   * Take over a tick.
   *
   * `seconds` is the time now; `jump` says that the tick does not follow the last one, so that
   * nobody walks there.
   */
  update(tick: Tick, seconds: number, jump: boolean): void {
    [this.before, this.now] = [this.now, this.before];
    [this.placesBefore, this.places] = [this.places, this.placesBefore];
    this.places.clear();
    this.taken.fill(0);
    const ghosts = jump ? 0 : this.living;
    const ghostsEnd = jump ? 0 : this.count;
    const { n, population } = tick.agents;
    this.count = 0;
    for (let k = 0; k < n && this.count < this.capacity; k++) {
      if (!this.hidden.has(population[k])) this.placeAgent(tick, k, this.count++, seconds, jump);
    }
    for (let k = 0; k < (tick.npcs?.n ?? 0) && this.count < this.capacity; k++) {
      this.placeNpc(tick, k, this.count++, seconds, jump);
    }
    this.living = this.count;
    if (!jump) {
      for (const { id } of tick.deaths) {
        const was = this.placesBefore.get(id);
        if (was !== undefined) this.bury(was, seconds);
      }
      for (let k = ghosts; k < ghostsEnd; k++) {
        if (seconds - this.before.state[4 * k + 3] < FADE) this.copy(k);
      }
    }
    for (const { from, to } of tick.attacks) this.face(from, to);
  }

  private placeAgent(tick: Tick, k: number, to: number, seconds: number, jump: boolean): void {
    const { agents } = tick;
    const { colors, maxHealth, maxFood, maxWater } = this.limits;
    const { state, stats } = this.now;
    const size = grown(agents.skills?.best[k] ?? 1);
    this.paint(to, colors[agents.population[k] % colors.length], 0, size, TALL * size);
    stats[4 * to] = agents.health[k] / maxHealth;
    stats[4 * to + 1] = agents.food[k] / maxFood;
    stats[4 * to + 2] = agents.water[k] / maxWater;
    state[4 * to + 1] = agents.immune[k];
    this.dress(tick, k, to);
    this.place(agents, k, to, seconds, jump);
  }

  /** Say what an agent wears. */
  private dress({ agents: { bags } }: Tick, k: number, to: number): void {
    const { slots } = this;
    const { items } = this.limits;
    if (items === undefined || bags === undefined) return;
    const { worn } = this.now;
    worn.fill(0, 2 * slots * to, 2 * slots * (to + 1));
    for (let at = k * items.places; at < (k + 1) * items.places; at++) {
      const { slot } = items.kinds[bags.kind[at]];
      if (bags.worn[at] === 0 || slot === 0) continue;
      worn.set([bags.kind[at], bags.level[at]], 2 * (slots * to + slot - 1));
    }
  }

  private placeNpc(tick: Tick, k: number, to: number, seconds: number, jump: boolean): void {
    if (tick.npcs === undefined) return;
    const { kind, level, health } = tick.npcs;
    const size = sizeOf(level[k]);
    this.paint(to, HIDE, Math.min(kind[k], KINDS), size, buildOf(kind[k] - 1).tall * size);
    this.now.stats[4 * to] = health[k] / (this.limits.npcHealth ?? 1);
    this.now.state[4 * to + 1] = 0;
    this.now.worn.fill(0, 2 * this.slots * to, 2 * this.slots * (to + 1));
    this.place(tick.npcs, k, to, seconds, jump);
  }

  /** Say what one looks like; it lives. */
  private paint(
    to: number,
    color: readonly [number, number, number],
    kind: number,
    size: number,
    tall: number,
  ): void {
    const { tint, form } = this.now;
    tint.set(color, 4 * to);
    tint[4 * to + 3] = ALIVE;
    form.set([kind, size, tall, 0], 4 * to);
  }

  /** Say where one stands, and where it comes from. */
  private place(rows: Rows, k: number, to: number, seconds: number, jump: boolean): void {
    const { side } = this.limits;
    const { walk, turn, state, stats } = this.now;
    const at = 4 * to;
    const id = rows.id[k];
    const tile = rows.row[k] * side + rows.col[k];
    const [dx, dz] = SPREAD[this.taken[tile]++ % SPREAD.length];
    walk[at + 2] = rows.col[k] + 0.5 + dx - side / 2;
    walk[at + 3] = rows.row[k] + 0.5 + dz - side / 2;
    const was = jump ? undefined : this.placesBefore.get(id);
    this.ids[to] = id;
    this.places.set(id, to);
    state[at] = rows.freeze[k];
    state[at + 2] = rows.damage[k];
    turn[at + 3] = (Math.abs(id) * 0.618034) % 1;
    if (was === undefined) {
      walk[at] = walk[at + 2];
      walk[at + 1] = walk[at + 3];
      turn[at] = turn[at + 1] = turn[at + 3] * Math.PI * 2;
      turn[at + 2] = 0;
      state[at + 3] = jump ? -100 : seconds;
      stats[at + 3] = stats[at];
      return;
    }
    const then = 4 * was;
    walk[at] = this.before.walk[then + 2];
    walk[at + 1] = this.before.walk[then + 3];
    const mx = walk[at + 2] - walk[at];
    const mz = walk[at + 3] - walk[at + 1];
    const walks = mx * mx + mz * mz > 0.2;
    turn[at] = this.before.turn[then + 1];
    turn[at + 1] = walks ? nearestTurn(turn[at], Math.atan2(mx, mz)) : turn[at];
    turn[at + 2] = walks ? 1 : 0;
    state[at + 3] = this.before.state[then + 3];
    stats[at + 3] = this.before.stats[then];
  }

  /** Let an attacker look at whom it strikes. */
  private face(from: number, to: number): void {
    const a = this.places.get(from);
    const b = this.places.get(to) ?? -1;
    if (a === undefined || b < 0) return;
    const { walk, turn, form } = this.now;
    form[4 * a + 3] = 1;
    const dx = walk[4 * b + 2] - walk[4 * a + 2];
    const dz = walk[4 * b + 3] - walk[4 * a + 3];
    if (dx * dx + dz * dz > 0.05) {
      turn[4 * a + 1] = nearestTurn(turn[4 * a], Math.atan2(dx, dz));
    }
  }

  private bury(was: number, seconds: number): void {
    if (!this.copy(was)) return;
    const at = 4 * (this.count - 1);
    const { walk, turn, tint, state, stats, form } = this.now;
    form[at + 3] = 0;
    walk[at] = walk[at + 2];
    walk[at + 1] = walk[at + 3];
    turn[at] = turn[at + 1];
    turn[at + 2] = 0;
    tint[at + 3] = DEAD;
    state[at + 3] = seconds;
    stats[at] = 0;
  }

  private copy(was: number): boolean {
    if (this.count >= this.capacity) return false;
    const [to, size] = [this.count++, 2 * this.slots];
    for (const name of COLUMNS) {
      for (let k = 0; k < 4; k++) this.now[name][4 * to + k] = this.before[name][4 * was + k];
    }
    this.now.worn.set(this.before.worn.subarray(size * was, size * (was + 1)), size * to);
    return true;
  }
}
