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

/**
 * Tell what an agent did with items between two ticks, given its place in the columns of both.
 *
 * Told are pieces from level 3 on, and the first that is put on. What was destroyed is known only
 * where nothing else went.
 */
export function handled(
  { places }: ItemSetup,
  [before, then]: [Bags, number],
  [now, k]: [Bags, number],
  from: number,
): Deed[] {
  const deeds: Deed[] = [];
  const add = (verb: Deed["verb"], pieces: Deed["pieces"], all = false) => {
    const told = all ? pieces : pieces.filter(({ level }) => level >= NOTABLE);
    if (told.length > 0) deeds.push({ verb, pieces: told, from: verb === "takes" ? from : -1 });
  };
  const all = [count(before, then, places, false), count(now, k, places, false)];
  if (now.gained[k] > before.gained[then]) {
    add(from >= 0 ? "takes" : "finds", more(all[1], all[0]));
  }
  const worn = [count(before, then, places, true), count(now, k, places, true)];
  const donned = [...worn[1]].flatMap(([key, quantity]) =>
    worn[0].has(key) ? [] : [{ kind: key >> 8, level: key & 255, quantity }],
  );
  add("puts on", donned, worn[0].size === 0);
  const [gone, destroyed] = [more(all[0], all[1]), now.destroyed[k] - before.destroyed[then]];
  if (gone.reduce((sum, { quantity }) => sum + quantity, 0) === destroyed) add("destroys", gone);
  return deeds;
}

/** Find whom each agent slew in a tick: the ids of agents, by that of their slayer. */
export function victims({ deaths }: Tick): Map<number, number> {
  const slain = deaths.filter(({ id, killer }) => id >= 0 && killer >= 0);
  return new Map(slain.map(({ id, killer }) => [killer, id]));
}
