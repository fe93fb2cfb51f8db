// What an agent did lately, read off the ticks.
import type { History } from "../net/types";
import { find } from "./npcs";

export interface Deed {
  tick: number;
  /** How it moved: stay, east, south, west, north. */
  move: number;
  /** The style of its attack; −1: none. */
  style: number;
  target: number;
  /** Damage that it took. */
  hurt: number;
}

/** What each move does to row and column: stay, east, south, west, north. */
export const STEPS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [0, -1],
  [-1, 0],
];

/** Say which move leads from one tile to another; stay, if none does. */
export function moveBetween(dr: number, dc: number): number {
  return Math.max(
    0,
    STEPS.findIndex(([row, col]) => row === dr && col === dc),
  );
}

/** List what an agent or an NPC did in the ticks up to one place of a history, newest first. */
export function deeds(history: History, index: number, id: number, most: number): Deed[] {
  const found: Deed[] = [];
  for (let i = index; i > 0 && found.length < most; i--) {
    const [tick, before] = [history.at(i), history.at(i - 1)];
    const [now, then] = [find(tick, id), find(before, id)];
    if (now.k < 0 || then.k < 0) break;
    const dr = now.rows.row[now.k] - then.rows.row[then.k];
    const dc = now.rows.col[now.k] - then.rows.col[then.k];
    const attack = tick.attacks.find(({ from }) => from === id);
    found.push({
      tick: tick.tick,
      move: moveBetween(dr, dc),
      style: attack?.style ?? -1,
      target: attack?.to ?? -1,
      hurt: now.rows.damage[now.k],
    });
  }
  return found;
}
