// Which tiles agents see: the squares around them, counted.
import type { Agents, Npcs, Setup } from "../net/types";

/**
 * Count for every tile how many of the living see it; NaN where none does.
 *
 * `counted` says which rows count; they see as far as `radius`.
 */
export function sighted(
  setup: Setup,
  living: Agents | Npcs,
  counted: (k: number) => boolean,
  radius = setup.radius,
): Float32Array {
  const { side } = setup;
  // Sums over rows and columns of these marks are the counts.
  const across = side + 1;
  const marks = new Int32Array(across * across);
  for (let k = 0; k < living.n; k++) {
    if (!counted(k)) continue;
    const top = Math.max(0, living.row[k] - radius);
    const left = Math.max(0, living.col[k] - radius);
    const below = Math.min(side, living.row[k] + radius + 1);
    const beside = Math.min(side, living.col[k] + radius + 1);
    marks[top * across + left]++;
    marks[top * across + beside]--;
    marks[below * across + left]--;
    marks[below * across + beside]++;
  }
  const shown = new Float32Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let col = 0; col < side; col++) {
      const at = row * across + col;
      if (row > 0) marks[at] += marks[at - across];
      if (col > 0) marks[at] += marks[at - 1];
      if (row > 0 && col > 0) marks[at] -= marks[at - across - 1];
      shown[row * side + col] = marks[at] > 0 ? marks[at] : Number.NaN;
    }
  }
  return shown;
}
