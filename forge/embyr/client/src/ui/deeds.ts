// What an agent did lately, read off the ticks.
import type { History, Tick } from "../net/types";

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

function place(tick: Tick, id: number): number {
  const { id: ids, n } = tick.agents;
  for (let k = 0; k < n; k++) if (ids[k] === id) return k;
  return -1;
}

/** List what an agent did in the ticks up to one place of a history, newest first. */
export function deeds(history: History, index: number, id: number, most: number): Deed[] {
  const found: Deed[] = [];
  for (let i = index; i > 0 && found.length < most; i--) {
    const [tick, before] = [history.at(i), history.at(i - 1)];
    const [now, then] = [place(tick, id), place(before, id)];
    if (now < 0 || then < 0) break;
    const dr = tick.agents.row[now] - before.agents.row[then];
    const dc = tick.agents.col[now] - before.agents.col[then];
    const attack = tick.attacks.find(({ from }) => from === id);
    found.push({
      tick: tick.tick,
      move: moveBetween(dr, dc),
      style: attack?.style ?? -1,
      target: attack?.to ?? -1,
      hurt: tick.agents.damage[now],
    });
  }
  return found;
}
