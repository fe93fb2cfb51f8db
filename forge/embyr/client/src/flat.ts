// The world from above, flat: for browsers without WebGL 2. The same panels work with it.
import type { Agents, Npcs, Setup, Tick } from "./net/types";
import { type OverlayOptions, shade } from "./scene/overlay";
import { freeOf } from "./scene/rig";
import type { Choices, Covered, View, World } from "./scene/world";
import { TILES } from "./ui/colours";
import { STEPS } from "./ui/deeds";
import { drawNpc } from "./ui/marks";
import { find } from "./ui/npcs";

const GROUND = "#14181c";
/** How near to an agent one must click, in tiles. */
const FINGER = 2;

/** Who is nearest to a place of the map [tiles], of those that are shown; null: nobody is near. */
export function nearest(
  { agents, npcs }: Tick,
  col: number,
  row: number,
  hidden: ReadonlySet<number>,
): number | null {
  let [least, found]: [number, number | null] = [FINGER, null];
  const look = (rows: Agents | Npcs, seen: (k: number) => boolean) => {
    for (let k = 0; k < rows.n; k++) {
      const away = Math.hypot(col - rows.col[k], row - rows.row[k]);
      if (away < least && seen(k)) [least, found] = [away, rows.id[k]];
    }
  };
  look(agents, k => !hidden.has(agents.population[k]));
  if (npcs !== undefined) look(npcs, () => true);
  return found;
}

/** Where a map of so many tiles a side lies in a picture, between the panels [pixels]. */
export function fitted(width: number, height: number, covered: Covered, side: number) {
  const { across, low, high } = freeOf(width, height, covered);
  const half = height / 2;
  const scale = (half * Math.min(2 * across, high - low)) / side;
  const middle = half * (1 - (high + low) / 2);
  return { scale, left: (width - scale * side) / 2, top: middle - (scale * side) / 2 };
}

export function createFlat(canvas: HTMLCanvasElement): World {
  return new Flat(canvas);
}

class Flat implements World {
  private readonly land = document.createElement("canvas");
  /** The overlay, a pixel for each tile. */
  private readonly sheet = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private side = 1;
  private colours: string[] = [];
  private last: Tick | null = null;
  private selected: number | null = null;
  private radius: number | null = null;
  private choices: Choices | null = null;
  private hidden: ReadonlySet<number> = new Set();
  private picked: (id: number | null) => void = () => {};
  private values: Float32Array | null = null;
  private options: OverlayOptions = {};
  private covered: Covered = { left: 0, right: 0, top: 0, bottom: 0 };
  private readonly click = ({ offsetX, offsetY }: MouseEvent) =>
    this.picked(this.pick(offsetX, offsetY));
  private readonly size = new ResizeObserver(() => this.draw());

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser draws nothing at all");
    this.context = context;
    canvas.addEventListener("click", this.click);
    this.size.observe(canvas);
  }

  setup(setup: Setup): void {
    this.side = setup.side;
    this.land.width = this.land.height = setup.side;
    this.colours = setup.populations.map(({ color }) => color);
    this.last = null;
    this.values = null;
    this.paint(setup.tiles);
    this.draw();
  }

  tick(tick: Tick): void {
    for (const { index, kind } of tick.tiles) this.dot(index, kind);
    this.last = tick;
    this.draw();
  }

  show(tick: Tick, tiles: Uint8Array): void {
    this.paint(tiles);
    this.last = tick;
    this.draw();
  }

  select(id: number | null): void {
    this.selected = id;
    this.draw();
  }

  follow(): void {}

  sight(radius: number | null): void {
    this.radius = radius;
    this.draw();
  }

  play(choices: Choices | null): void {
    this.choices = choices;
    this.draw();
  }

  pick(x: number, y: number): number | null {
    if (this.last === null) return null;
    const { scale, left, top } = this.place();
    return nearest(this.last, (x - left) / scale - 0.5, (y - top) / scale - 0.5, this.hidden);
  }

  onPick(callback: (id: number | null) => void): void {
    this.picked = callback;
  }

  overlay(values: Float32Array | null, options: OverlayOptions): void {
    this.values = values;
    this.options = options;
    this.draw();
  }

  hide(populations: ReadonlySet<number>): void {
    this.hidden = populations;
    this.draw();
  }

  view(): Readonly<View> {
    return { x: 0, z: 0, distance: this.side, azimuth: 0, elevation: Math.PI / 2 };
  }

  go(): void {}

  cover(covered: Covered): void {
    this.covered = covered;
    this.draw();
  }

  home(): void {}

  footprint(corners: Float32Array): void {
    const half = this.side / 2;
    corners.set([-half, -half, half, -half, half, half, -half, half]);
  }

  screenshot(): Promise<Blob> {
    return new Promise((done, fail) =>
      this.canvas.toBlob(blob => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"),
    );
  }

  info(): { frames: number; calls: number; triangles: number } {
    return { frames: 0, calls: 0, triangles: 0 }; // it draws when something changes
  }

  dispose(): void {
    this.canvas.removeEventListener("click", this.click);
    this.size.disconnect();
  }

  private paint(tiles: Uint8Array): void {
    tiles.forEach((kind, index) => {
      this.dot(index, kind);
    });
  }

  private dot(index: number, kind: number): void {
    const context = this.land.getContext("2d") as CanvasRenderingContext2D;
    context.fillStyle = TILES[kind];
    context.fillRect(index % this.side, Math.floor(index / this.side), 1, 1);
  }

  private place(): { scale: number; left: number; top: number } {
    return fitted(this.canvas.clientWidth, this.canvas.clientHeight, this.covered, this.side);
  }

  private draw(): void {
    const { canvas, context } = this;
    const sharp = window.devicePixelRatio;
    canvas.width = canvas.clientWidth * sharp;
    canvas.height = canvas.clientHeight * sharp;
    context.fillStyle = GROUND;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const { scale, left, top } = this.place();
    context.setTransform(sharp * scale, 0, 0, sharp * scale, sharp * left, sharp * top);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.land, 0, 0);
    this.drawValues();
    this.drawNpcs();
    this.drawAgents();
    this.drawChoices();
  }

  private drawValues(): void {
    if (this.values === null) return;
    const colours = new ImageData(this.side, this.side);
    shade(this.values, this.options, colours.data);
    this.sheet.width = this.sheet.height = this.side;
    this.sheet.getContext("2d")?.putImageData(colours, 0, 0);
    this.context.globalAlpha = this.options.opacity ?? 0.75;
    this.context.drawImage(this.sheet, 0, 0);
    this.context.globalAlpha = 1;
  }

  private drawNpcs(): void {
    const { npcs } = this.last ?? {};
    if (npcs === undefined) return;
    for (let i = 0; i < npcs.n; i++) {
      const [x, y] = [npcs.col[i] + 0.5, npcs.row[i] + 0.5];
      drawNpc(this.context, npcs.kind[i], x, y, 0.5);
      if (npcs.id[i] === this.selected) this.mark(x, y);
    }
  }

  private drawAgents(): void {
    if (this.last === null) return;
    const { agents } = this.last;
    const { context } = this;
    for (let i = 0; i < agents.n; i++) {
      if (this.hidden.has(agents.population[i])) continue;
      const [x, y] = [agents.col[i] + 0.5, agents.row[i] + 0.5];
      context.beginPath();
      context.arc(x, y, 0.5, 0, 2 * Math.PI);
      context.fillStyle = this.colours[agents.population[i]] ?? "#ffffff";
      context.strokeStyle = "#14181c";
      context.lineWidth = 0.15;
      context.fill();
      context.stroke();
      if (agents.id[i] === this.selected) this.mark(x, y);
    }
  }

  /** Show where the agent that is played can go, and whom it can strike. */
  private drawChoices(): void {
    if (this.choices === null || this.last === null) return;
    const { agents } = this.last;
    const { id, moves, targets, move } = this.choices;
    const one = agents.id.indexOf(id);
    if (one < 0) return;
    this.context.lineWidth = 0.12;
    for (const [k, [row, col]] of STEPS.entries()) {
      if (k === 0 || !moves[k]) continue;
      const [x, y] = [agents.col[one] + col, agents.row[one] + row];
      this.context.fillStyle = `rgb(255 245 210 / ${k === move ? 80 : 35}%)`;
      this.context.strokeStyle = "#fff5d2";
      this.context.fillRect(x + 0.1, y + 0.1, 0.8, 0.8);
      this.context.strokeRect(x + 0.1, y + 0.1, 0.8, 0.8);
    }
    this.context.strokeStyle = "#ff5a2e";
    this.context.lineWidth = 0.2;
    for (const target of targets) {
      const { rows, k } = find(this.last, target);
      if (k < 0) continue;
      this.context.beginPath();
      this.context.arc(rows.col[k] + 0.5, rows.row[k] + 0.5, 0.8, 0, 2 * Math.PI);
      this.context.stroke();
    }
  }

  private mark(x: number, y: number): void {
    this.context.strokeStyle = "#ffffff";
    this.context.lineWidth = 0.15;
    this.context.beginPath();
    this.context.arc(x, y, 1.1, 0, 2 * Math.PI);
    this.context.stroke();
    if (this.radius === null) return;
    const side = 2 * this.radius + 1;
    this.context.strokeRect(x - side / 2, y - side / 2, side, side);
  }
}
