// What agents have to trade with, and what they have traded.
import type { Purses } from "./types";

/** Take over the purses of all agents, given their columns. */
export function pursesOf(column: (name: string) => Float64Array): Purses {
  const whole = (name: string) => Int32Array.from(column(name));
  return {
    gold: whole("gold"),
    earned: column("earned"),
    spent: column("spent"),
    bought: whole("bought"),
    sold: whole("sold"),
    given: whole("given"),
  };
}
