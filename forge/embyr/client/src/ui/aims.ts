// The tiles within an agent's reach, and how likely it attacks each: a small map for each style.
import type { Inspection, Setup, Tick } from "../net/types";
import { colours, STEPS } from "../scene/ramp";
import { drawNpcs, drawSquare } from "./crop";
import { h, penOf, setText } from "./dom";

interface Plate {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  name: HTMLElement;
}

function plate(): Plate {
  const canvas = h("canvas", { role: "img" });
  const name = h("figcaption", {});
  return { element: h("figure", {}, canvas, name), canvas, name };
}

/** The probability of an attack on each tile, row by row, of a square that a style reaches. */
export function aimed(inspection: Inspection, style: number, reach: number): Float32Array {
  const side = 2 * reach + 1;
  const shares = new Float32Array(side * side);
  for (const aim of inspection.attacks ?? []) {
    if (aim.style === style) shares[(aim.down + reach) * side + aim.right + reach] += aim.p;
  }
  return shares;
}

export class Aims {
  readonly element = h("div", { class: "aims" });
  private readonly plates = h("div", { class: "plates" });
  private each: Plate[] = [];

  constructor() {
    this.element.append(h("h3", {}, "Where it attacks"), this.plates);
  }

  begin(styleNames: string[]): void {
    this.each = styleNames.map(plate);
    this.plates.replaceChildren(...this.each.map(({ element }) => element));
  }

  /** Show the maps around the agent at place `k` of a tick; without an inspection none. */
  update(
    setup: Setup,
    tiles: Uint8Array,
    tick: Tick,
    k: number,
    inspection: Inspection | null,
  ): void {
    this.element.hidden = inspection === null || inspection.styles.length === 0;
    if (inspection === null || this.element.hidden) return;
    const most = Math.max(...setup.reach);
    for (const [style, { canvas, name }] of this.each.entries()) {
      const shares = aimed(inspection, style, most);
      const total = shares.reduce((sum, share) => sum + share, 0);
      const said = `${setup.styleNames[style]} ${Math.round(100 * total)} %`;
      setText(name, said);
      canvas.setAttribute("aria-label", `Where it attacks: ${said}, reach ${setup.reach[style]}`);
      this.draw(canvas, setup, tiles, tick, k, shares, setup.reach[style]);
    }
  }

  private draw(
    canvas: HTMLCanvasElement,
    setup: Setup,
    tiles: Uint8Array,
    tick: Tick,
    k: number,
    shares: Float32Array,
    reach: number,
  ): void {
    const pen = penOf(canvas);
    if (pen === null) return;
    const { side } = setup;
    const { agents } = tick;
    const across = Math.sqrt(shares.length);
    const scale = canvas.clientWidth / across;
    const [top, left] = [agents.row[k] - (across - 1) / 2, agents.col[k] - (across - 1) / 2];
    drawSquare(pen, side, tiles, top, left, across, scale);
    this.dim(pen, across, scale, reach);
    for (const [cell, share] of shares.entries()) {
      if (share > 0) this.cell(pen, cell % across, Math.floor(cell / across), scale, share);
    }
    drawNpcs(pen, tick, top, left, across, scale, agents.id[k]);
    for (let j = 0; j < agents.n; j++) {
      const [r, c] = [agents.row[j] - top, agents.col[j] - left];
      if (r < 0 || c < 0 || r >= across || c >= across) continue;
      pen.fillStyle = setup.populations[agents.population[j]].color;
      pen.strokeStyle = j === k ? "#fff" : "rgb(0 0 0 / 80%)";
      pen.lineWidth = j === k ? 2 : 1;
      pen.beginPath();
      pen.arc((c + 0.5) * scale, (r + 0.5) * scale, scale * 0.26, 0, 7);
      pen.fill();
      pen.stroke();
    }
  }

  /** Darken what is out of reach, and frame what is in it. */
  private dim(pen: CanvasRenderingContext2D, across: number, scale: number, reach: number): void {
    const from = ((across - 1) / 2 - reach) * scale;
    const size = (2 * reach + 1) * scale;
    pen.fillStyle = "rgb(16 14 20 / 62%)";
    pen.beginPath();
    pen.rect(0, 0, across * scale, across * scale);
    pen.rect(from, from, size, size);
    pen.fill("evenodd");
    pen.fillStyle = "rgb(16 14 20 / 28%)";
    pen.fillRect(from, from, size, size);
    pen.strokeStyle = "rgb(255 245 225 / 70%)";
    pen.lineWidth = 1;
    pen.strokeRect(from + 0.5, from + 0.5, size - 1, size - 1);
  }

  /** Small shares are seen too: colours follow the square root. */
  private cell(
    pen: CanvasRenderingContext2D,
    c: number,
    r: number,
    scale: number,
    share: number,
  ): void {
    const steps = colours(false);
    const at = 3 * Math.round(Math.sqrt(Math.min(1, share)) * (STEPS - 1));
    pen.fillStyle = `rgb(${steps[at]} ${steps[at + 1]} ${steps[at + 2]})`;
    pen.fillRect(c * scale + 0.5, r * scale + 0.5, scale - 1, scale - 1);
  }
}
