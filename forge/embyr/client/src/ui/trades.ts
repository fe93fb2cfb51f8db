// Trades: how their numbers are made, and who can be given something.
import type { Sight } from "../net/types";

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

/** Find somebody who can be given a piece (0) or gold (1); −1: nobody can. */
export function receiverIn(sight: Sight | undefined, way: number): number {
  return sight?.canReceive?.find(({ ways }) => ways[way])?.id ?? -1;
}
