// What became of belongings between two ticks: told only where it matters, so that worlds can be read.
import type { Piece } from "../net/items";
import type { Bags, ItemSetup, Tick } from "../net/types";

/** From this level on, items matter. */
export const NOTABLE = 3;

/** What an agent did with items. */
export interface Deed {
  verb: "finds" | "takes" | "puts on" | "destroys";
  pieces: Omit<Piece, "worn">[];
  /** The id of the agent that they were taken from; −1: of none. */
  from: number;
}

type Counts = Map<number, number>;

/** Kind and level as one number. */
const keyOf = (kind: number, level: number) => 256 * kind + level;

/** Count the pieces of an agent, or those that it wears, by kind and level. */
function count(bags: Bags, k: number, places: number, worn: boolean): Counts {
  const counts: Counts = new Map();
  for (let at = k * places; at < (k + 1) * places; at++) {
    if (bags.kind[at] === 0 || (worn && bags.worn[at] === 0)) continue;
    const key = keyOf(bags.kind[at], bags.level[at]);
    counts.set(key, (counts.get(key) ?? 0) + bags.quantity[at]);
  }
  return counts;
}

/** List what there is more of than before, the highest levels first. */
function more(now: Counts, before: Counts): Deed["pieces"] {
  const pieces = [...now].flatMap(([key, quantity]) => {
    const added = quantity - (before.get(key) ?? 0);
    return added > 0 ? [{ kind: key >> 8, level: key & 255, quantity: added }] : [];
  });
  return pieces.sort((a, b) => b.level - a.level);
}

/** List what an agent has more of than a tick before, given its place in the columns of both. */
export function added(
  { places }: ItemSetup,
  [before, then]: [Bags, number],
  [now, k]: [Bags, number],
): Deed["pieces"] {
  return more(count(now, k, places, false), count(before, then, places, false));
}

/** The highest level among pieces that go to each slot. */
function best({ kinds, slots }: ItemSetup, counts: Counts): number[] {
  const levels = new Array<number>(slots.length).fill(0);
  for (const key of counts.keys()) {
    const { slot } = kinds[key >> 8];
    levels[slot] = Math.max(levels[slot], key & 255);
  }
  return levels;
}

/**
 * Tell what an agent did with items between two ticks, given its place in the columns of both.
 *
 * Told are the first piece that is put on, and pieces from level 3 on: those that are found only if
 * they are better than all that it had for the same slot. What was destroyed is known only where
 * nothing else went.
 */
export function handled(
  setup: ItemSetup,
  [before, then]: [Bags, number],
  [now, k]: [Bags, number],
  from: number,
): Deed[] {
  const { places, kinds } = setup;
  const deeds: Deed[] = [];
  const add = (verb: Deed["verb"], pieces: Deed["pieces"], least: (slot: number) => number) => {
    const told = pieces.filter(({ kind, level }) => level >= least(kinds[kind].slot));
    if (told.length > 0) deeds.push({ verb, pieces: told, from: verb === "takes" ? from : -1 });
  };
  const notable = () => NOTABLE;
  const [had, has] = [count(before, then, places, false), count(now, k, places, false)];
  if (now.gained[k] > before.gained[then]) {
    const levels = best(setup, had);
    const better = (slot: number) => Math.max(NOTABLE, levels[slot] + 1);
    const gained = more(has, had);
    if (from >= 0) add("takes", gained, notable);
    else add("finds", gained, better);
  }
  const [wore, wears] = [count(before, then, places, true), count(now, k, places, true)];
  const donned = more(wears, wore).filter(({ kind, level }) => !wore.has(keyOf(kind, level)));
  add("puts on", donned, wore.size === 0 ? () => 0 : notable);
  const [gone, destroyed] = [more(had, has), now.destroyed[k] - before.destroyed[then]];
  const pieces = gone.reduce((sum, { quantity }) => sum + quantity, 0);
  if (destroyed > 0 && pieces === destroyed) add("destroys", gone, notable);
  return deeds;
}

/** Find whom each agent slew in a tick: the ids of agents, by that of their slayer. */
export function victims({ deaths }: Tick): Map<number, number> {
  const slain = deaths.filter(({ id, killer }) => id >= 0 && killer >= 0);
  return new Map(slain.map(({ id, killer }) => [killer, id]));
}
