// What an agent sees: the square around it, drawn flat.
import type { Npcs, Setup, Tick } from "../net/types";
import { TILES } from "./colours";
import { h, penOf } from "./dom";
import { drawNpc } from "./marks";
import { find } from "./npcs";

/** Draw a square of the map, from its north-west corner on; beyond the map is what is outside. */
export function drawSquare(
  pen: CanvasRenderingContext2D,
  side: number,
  tiles: Uint8Array,
  top: number,
  left: number,
  across: number,
  scale: number,
): void {
  for (let r = 0; r < across; r++) {
    for (let c = 0; c < across; c++) {
      const [y, x] = [top + r, left + c];
      const inside = y >= 0 && x >= 0 && y < side && x < side;
      pen.fillStyle = TILES[inside ? tiles[y * side + x] : 0];
      pen.fillRect(c * scale, r * scale, scale + 0.5, scale + 0.5);
    }
  }
}

/** Draw the NPCs in such a square, `itself` with a ring; gives how many others there are. */
export function drawNpcs(
  pen: CanvasRenderingContext2D,
  { npcs }: Tick,
  top: number,
  left: number,
  across: number,
  scale: number,
  itself: number,
): number {
  let others = 0;
  for (let j = 0; j < (npcs?.n ?? 0); j++) {
    const { row, col, id, kind } = npcs as Npcs;
    const [r, c] = [row[j] - top, col[j] - left];
    if (r < 0 || c < 0 || r >= across || c >= across) continue;
    drawNpc(pen, kind[j], (c + 0.5) * scale, (r + 0.5) * scale, scale * 0.34);
    if (id[j] !== itself) {
      others++;
      continue;
    }
    pen.strokeStyle = "#fff";
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc((c + 0.5) * scale, (r + 0.5) * scale, scale * 0.62, 0, 7);
    pen.stroke();
  }
  return others;
}

export class Crop {
  readonly canvas = h("canvas", { class: "crop", role: "img" });

  /** Draw the square of that radius around an agent or an NPC that lives in a tick. */
  draw(setup: Setup, tiles: Uint8Array, tick: Tick, who: number, radius: number): void {
    const pen = penOf(this.canvas);
    if (pen === null) return;
    const { side } = setup;
    const { rows, k } = find(tick, who);
    const { row, col, id, population, n } = tick.agents;
    const across = 2 * radius + 1;
    const scale = this.canvas.clientWidth / across;
    const [top, left] = [rows.row[k] - radius, rows.col[k] - radius];
    drawSquare(pen, side, tiles, top, left, across, scale);
    let others = drawNpcs(pen, tick, top, left, across, scale, who);
    for (let j = 0; j < n; j++) {
      const [r, c] = [row[j] - top, col[j] - left];
      if (r < 0 || c < 0 || r >= across || c >= across) continue;
      const itself = id[j] === who;
      if (!itself) others++;
      pen.fillStyle = setup.populations[population[j]].color;
      pen.strokeStyle = itself ? "#fff" : "rgb(0 0 0 / 75%)";
      pen.lineWidth = itself ? 2 : 1.2;
      pen.beginPath();
      pen.arc((c + 0.5) * scale, (r + 0.5) * scale, scale * (itself ? 0.42 : 0.34), 0, 7);
      pen.fill();
      pen.stroke();
    }
    this.canvas.setAttribute(
      "aria-label",
      `The ${across} by ${across} tiles that it sees, with ${others} others`,
    );
  }
}
