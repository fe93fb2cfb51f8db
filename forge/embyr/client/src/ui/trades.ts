// Trades: how their numbers are made, and what agents traded between two ticks.
import type { Purses, Sight } from "../net/types";
import type { Deed } from "./belongings";

/** The number of an offer of what is in a place, from 0. */
export const offerOf = (place: number) => 1 + place;
/** The number of a gift of what is in a place. */
export const giftOf = (places: number, place: number) => 1 + places + place;
/** The number of a gift of gold. */
export const goldGift = (places: number) => 1 + 2 * places;
/** The number of a purchase of a kind. */
export const purchaseOf = (places: number, kind: number) => 1 + 2 * places + kind;

/** What can be given: a piece of an item, or gold. */
export const PIECE = 0;
export const COIN = 1;

/** What an agent bought, sold or gave in a tick. */
export interface Trade {
  verb: "buys" | "sells" | "gives";
  /** Gold that was paid; of several sales together. */
  gold: number;
  /** What was bought; null: it is not known, or something else was traded. */
  piece: Deed["pieces"][number] | null;
  /** How many items were sold. */
  pieces: number;
}

/** Tell what an agent traded between two ticks, given its place in the columns of both. */
export function traded(
  [before, then]: [Purses, number],
  [now, k]: [Purses, number],
  gained: Deed["pieces"],
): Trade[] {
  const more = (name: keyof Purses) => now[name][k] - before[name][then];
  const trades: Trade[] = [];
  if (more("bought") > 0) {
    trades.push({ verb: "buys", gold: more("spent"), piece: gained[0] ?? null, pieces: 1 });
  }
  if (more("sold") > 0) {
    trades.push({ verb: "sells", gold: more("earned"), piece: null, pieces: more("sold") });
  }
  if (more("given") > 0) {
    trades.push({ verb: "gives", gold: more("spent"), piece: null, pieces: 1 });
  }
  return trades;
}

/** Find somebody who can be given a piece (0) or gold (1); −1: nobody can. */
export function receiverIn(sight: Sight | undefined, way: number): number {
  return sight?.canReceive?.find(({ ways }) => ways[way])?.id ?? -1;
}
