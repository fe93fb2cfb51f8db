// What somebody who plays an agent can order: read off keys, and off what the agent sees.
import type { Sight } from "../net/types";
import { moveBetween } from "./deeds";

/** The move that goes most nearly to a side of the screen, however the camera is turned. */
export function moveTo([right, away]: [number, number], azimuth: number): number {
  const [s, c] = [Math.sin(azimuth), Math.cos(azimuth)];
  const [x, z] = [right * c - away * s, -right * s - away * c];
  return Math.abs(x) > Math.abs(z) ? moveBetween(0, Math.sign(x)) : moveBetween(Math.sign(z), 0);
}

/**
 * The style that strikes an agent: the chosen one, or the strongest that can; −1: none can.
 *
 * `damage` is what each style does where it does the same to everybody.
 */
export function styleFor(
  sight: Sight,
  target: number,
  chosen: number | null,
  damage: number[],
): number {
  const reached = sight.canAttack?.find(({ id }) => id === target);
  const styles = reached?.styles ?? [];
  if (chosen !== null) return styles[chosen] ? chosen : -1;
  const does = reached?.damage ?? damage;
  let best = -1;
  for (const [style, may] of styles.entries()) {
    if (may && (best < 0 || (does[style] ?? 0) > (does[best] ?? 0))) best = style;
  }
  return best;
}

/** Whom an agent can strike with the chosen style, or with any. */
export function targets(sight: Sight, chosen: number | null): number[] {
  const reached = (sight.canAttack ?? []).filter(({ styles }) =>
    chosen === null ? styles.some(may => may) : styles[chosen],
  );
  return reached.map(({ id }) => id);
}
