// Which tiles agents see: the squares around them, counted.
import type { Setup, Tick } from "../net/types";

/**
 * Count for every tile how many agents see it; NaN where none does.
 *
 * `counted` says which rows of the tick's agents count.
 */
export function sighted(
  setup: Setup,
  { agents }: Tick,
  counted: (k: number) => boolean,
): Float32Array {
  const { side, radius } = setup;
  // Sums over rows and columns of these marks are the counts.
  const across = side + 1;
  const marks = new Int32Array(across * across);
  for (let k = 0; k < agents.n; k++) {
    if (!counted(k)) continue;
    const top = Math.max(0, agents.row[k] - radius);
    const left = Math.max(0, agents.col[k] - radius);
    const below = Math.min(side, agents.row[k] + radius + 1);
    const beside = Math.min(side, agents.col[k] + radius + 1);
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
