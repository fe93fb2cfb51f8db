// What agents harvest: read off the ticks, and told in words.
import type { Agents, Setup } from "../net/types";

/** What an agent harvested between two ticks. */
export interface Harvest {
  /** See ProfessionSetup.resources. */
  resource: number;
  /** Whether it also found what is rare. */
  lucky: boolean;
}

/** Count the pieces of one kind that an agent carries. */
function pieces({ bags }: Agents, places: number, k: number, kind: number): number {
  let sum = 0;
  for (let at = k * places; at < (k + 1) * places; at++) {
    if (bags?.kind[at] === kind) sum += bags.quantity[at];
  }
  return sum;
}

/** List what an agent harvested, given its place in the columns of two ticks. */
export function harvests(
  { professions, items }: Setup,
  [before, then]: [Agents, number],
  [now, k]: [Agents, number],
): Harvest[] {
  const [had, has] = [before.gathered, now.gathered];
  if (professions === undefined || had === undefined || has === undefined) return [];
  return professions.resources.flatMap(({ rare }, resource) => {
    if (has[resource][k] <= had[resource][then]) return [];
    const count = (agents: Agents, at: number) => pieces(agents, items?.places ?? 0, at, rare);
    return [{ resource, lucky: rare > 0 && count(now, k) > count(before, then) }];
  });
}

/** Say what was harvested: "harvests ore, and finds a wand". */
export function harvested({ professions, items }: Setup, harvest: Harvest): string {
  const about = professions?.resources[harvest.resource];
  if (about === undefined) return "";
  const found = harvest.lucky ? `, and finds a ${items?.kinds[about.rare].name}` : "";
  const article = ["tree", "crystal", "herb", "fish"].includes(about.tile) ? "a " : "";
  return `harvests ${article}${about.tile}${found}`;
}
