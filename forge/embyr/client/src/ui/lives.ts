// Agents × time: what each agent of a population did or had, tick by tick, as a table.
import type { Agents, History, QuestSetup, Setup, Tick } from "../net/types";
import { moveBetween } from "./deeds";
import { done } from "./quests";

export const MEASURES = ["action", "damage", "health", "food", "water", "level", "quest"] as const;
export type Measure = (typeof MEASURES)[number];

/** Which of them a world has: levels only where there are skills, quests where there are any. */
export function measuresIn({ skills, quests }: Setup): Measure[] {
  const has = { level: skills !== undefined, quest: quests !== undefined };
  return MEASURES.filter(name => !(name in has) || has[name as keyof typeof has]);
}

/** Attacks come after the five moves. */
export const FIRST_STYLE = 5;

export interface Lives {
  /** The agent of each row, the youngest first. */
  ids: number[];
  /** Rows × columns; NaN where it does not live. */
  values: Float32Array;
  columns: number;
  /** The place of the first column in the history. */
  first: number;
}

/**
 * Gather the lives of a population over the ticks up to one place of a history.
 *
 * `population` −1 is all of them. Of more agents than `most` the oldest are left out.
 */
export function gather(
  history: History,
  index: number,
  columns: number,
  population: number,
  measure: Measure,
  most: number,
  quests?: QuestSetup[],
): Lives {
  const first = Math.max(0, index - columns + 1);
  const count = history.length === 0 ? 0 : index - first + 1;
  const rows = rowsOf(history, first, count, population, most);
  const values = new Float32Array(rows.size * count).fill(Number.NaN);
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
  return { ids: [...rows.keys()], values, columns: count, first };
}

/** The row of each agent that lives in one of the ticks, the youngest first. */
function rowsOf(
  history: History,
  first: number,
  count: number,
  population: number,
  most: number,
): Map<number, number> {
  const ids = new Set<number>();
  for (let c = 0; c < count; c++) {
    const { n, id, population: of } = history.at(first + c).agents;
    for (let k = 0; k < n; k++) if (population < 0 || of[k] === population) ids.add(id[k]);
  }
  const youngest = [...ids].sort((a, b) => b - a).slice(0, most);
  return new Map(youngest.map((id, row) => [id, row]));
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
