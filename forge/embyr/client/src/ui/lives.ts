// Agents × time: what each agent of a population did or had, tick by tick, as a table.
import type { Agents, History, QuestSetup, Setup, Tick } from "../net/types";
import { moveBetween } from "./deeds";
import { done } from "./quests";

export const MEASURES = [
  "action",
  "damage",
  "health",
  "food",
  "water",
  "value",
  "level",
  "quest",
] as const;
export type Measure = (typeof MEASURES)[number];

/** What stands for a number that is not known of an agent that lives. */
export const UNKNOWN = Number.POSITIVE_INFINITY;

/**
 * Which of them a world has: values only where a network decides, levels only where there are
 * skills, quests where there are any.
 */
export function measuresIn({ skills, quests, unthinking }: Setup): Measure[] {
  const has = {
    value: unthinking === "",
    level: skills !== undefined,
    quest: quests !== undefined,
  };
  return MEASURES.filter(name => !(name in has) || has[name as keyof typeof has]);
}

/** Attacks come after the five moves. */
export const FIRST_STYLE = 5;

/** Who gets a row, and in which order. */
export const ORDERS = {
  oldest: "the living, oldest first",
  youngest: "all, youngest first",
} as const;
export type Order = keyof typeof ORDERS;

export interface Whose {
  /** −1: all of them. */
  population: number;
  order: Order;
  /** More agents than that are left out, from the end. */
  most: number;
}

/** The life of an agent, as far as it is known. */
export interface Life {
  id: number;
  population: number;
  /** The tick that it was born in. */
  born: number;
  /** Ticks lived by the last column that it lives in. */
  age: number;
}

export interface Lives {
  /** Of each row. */
  lives: Life[];
  /** Rows × columns; NaN where it does not live, UNKNOWN where nothing is known of it. */
  values: Float32Array;
  columns: number;
  /** The place of the first column in the history. */
  first: number;
}

/** Gather the lives of agents over so many ticks, at most, up to one place of a history. */
export function gather(
  history: History,
  index: number,
  columns: number,
  whose: Whose,
  measure: Measure,
  quests?: QuestSetup[],
): Lives {
  const first = Math.max(0, index - columns + 1);
  const count = history.length === 0 ? 0 : index - first + 1;
  const lives = livesIn(history, first, count, whose);
  const rows = new Map(lives.map(({ id }, row) => [id, row]));
  const values = new Float32Array(lives.length * count).fill(Number.NaN);
  const styles = new Map<number, number>();
  let before = new Map<number, number>();
  for (let c = 0; c < count; c++) {
    const tick = history.at(first + c);
    styles.clear();
    if (measure === "action") for (const { from, style } of tick.attacks) styles.set(from, style);
    const places = new Map<number, number>();
    for (let k = 0; k < tick.agents.n; k++) {
      const id = tick.agents.id[k];
      const row = rows.get(id);
      if (row === undefined) continue;
      places.set(id, k);
      const then = before.get(id);
      const last = then === undefined ? null : history.at(first + c - 1);
      values[row * count + c] =
        measure === "action"
          ? action(tick, k, last, then ?? 0, styles.get(id))
          : had(tick.agents, measure, k, quests);
    }
    before = places;
  }
  return { lives, values, columns: count, first };
}

/** Those who get a row, of all that live in so many ticks, or in the last of them. */
function livesIn(history: History, first: number, count: number, whose: Whose): Life[] {
  const { population, order, most } = whose;
  const found = new Map<number, Life>();
  for (let c = order === "oldest" ? Math.max(0, count - 1) : 0; c < count; c++) {
    const { tick, agents } = history.at(first + c);
    for (let k = 0; k < agents.n; k++) {
      const [id, of, age] = [agents.id[k], agents.population[k], agents.age[k]];
      if (population < 0 || of === population) {
        found.set(id, { id, population: of, born: tick - age, age });
      }
    }
  }
  const byYouth = [...found.values()].sort((a, b) => b.id - a.id);
  const rows = order === "oldest" ? byYouth.sort((a, b) => b.age - a.age) : byYouth;
  return rows.slice(0, most);
}

/** What an agent had of something. */
function had(
  agents: Agents,
  measure: Exclude<Measure, "action">,
  k: number,
  quests?: QuestSetup[],
): number {
  if (measure === "quest") return done(quests, agents.quests, k);
  if (measure === "level") return agents.skills?.best[k] ?? Number.NaN;
  if (measure === "value") {
    const value = agents.value?.[k] ?? Number.NaN;
    return Number.isNaN(value) ? UNKNOWN : value;
  }
  return agents[measure][k];
}

function action(
  tick: Tick,
  k: number,
  last: Tick | null,
  then: number,
  style: number | undefined,
): number {
  if (style !== undefined) return FIRST_STYLE + style;
  if (last === null) return 0;
  const { row, col } = tick.agents;
  return moveBetween(row[k] - last.agents.row[then], col[k] - last.agents.col[then]);
}
