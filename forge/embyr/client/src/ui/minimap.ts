// The map from above: tiles, agents, and what the camera sees.
import type { Setup } from "../net/types";
import { channels, TILES } from "./colours";
import { h, panel, penOf } from "./dom";
import { drawNpc } from "./marks";
import type { Panel, State } from "./state";

export class Minimap implements Panel {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", {
    class: "minimap",
    role: "img",
    "aria-label": "The map from above; click to look there",
  });
  private readonly flat = document.createElement("canvas");
  private pixels: ImageData | null = null;
  private drawn = new Uint8Array(0);
  private colors: string[] = [];
  private readonly corners = new Float32Array(8);
  private readonly tones = TILES.map(color => channels(color));

  constructor(private readonly state: State) {
    this.element = panel("map", "Map", this.canvas);
    let held = false;
    const go = (event: PointerEvent) => {
      const { setup } = this.state;
      if (setup === null) return;
      const box = this.canvas.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width - 0.5) * setup.side;
      const z = ((event.clientY - box.top) / box.height - 0.5) * setup.side;
      this.state.follow(false);
      this.state.world.go({ x, z });
    };
    this.canvas.addEventListener("pointerdown", event => {
      held = true;
      this.canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    this.canvas.addEventListener("pointermove", event => held && go(event));
    this.canvas.addEventListener("pointerup", () => {
      held = false;
    });
  }

  begin(setup: Setup): void {
    this.flat.width = this.flat.height = setup.side;
    this.pixels = new ImageData(setup.side, setup.side);
    this.drawn = new Uint8Array(setup.side ** 2).fill(255);
    this.colors = setup.populations.map(({ color }) => color);
  }

  update(): void {
    const { setup } = this.state;
    const pen = penOf(this.canvas);
    if (setup === null || pen === null || this.pixels === null) return;
    this.paint(this.pixels);
    const size = this.canvas.clientWidth;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.flat, 0, 0, size, size);
    this.dots(pen, size / setup.side);
    this.footprint(pen, size, setup.side);
  }

  /** Paint the tiles that differ from what is painted. */
  private paint(pixels: ImageData): void {
    const tiles = this.state.playback.map();
    let changed = false;
    for (let k = 0; k < tiles.length; k++) {
      if (tiles[k] === this.drawn[k]) continue;
      this.drawn[k] = tiles[k];
      const [r, g, b] = this.tones[tiles[k]] ?? [255, 0, 255];
      pixels.data[4 * k] = r;
      pixels.data[4 * k + 1] = g;
      pixels.data[4 * k + 2] = b;
      pixels.data[4 * k + 3] = 255;
      changed = true;
    }
    if (changed) this.flat.getContext("2d")?.putImageData(pixels, 0, 0);
  }

  private dots(pen: CanvasRenderingContext2D, scale: number): void {
    const { tick, hidden, selected } = this.state;
    if (tick === null) return;
    const { n, row, col, population, id } = tick.agents;
    const size = n > 2000 ? 1.2 : Math.max(2.4, scale);
    this.npcs(pen, scale, size);
    for (let k = 0; k < n; k++) {
      if (hidden.has(population[k])) continue;
      const [x, y] = [(col[k] + 0.5) * scale, (row[k] + 0.5) * scale];
      if (n <= 2000) {
        pen.fillStyle = "rgb(0 0 0 / 70%)";
        pen.fillRect(x - size / 2 - 0.8, y - size / 2 - 0.8, size + 1.6, size + 1.6);
      }
      pen.fillStyle = this.colors[population[k]];
      pen.fillRect(x - size / 2, y - size / 2, size, size);
      if (id[k] === selected) this.ring(pen, x, y);
    }
  }

  private npcs(pen: CanvasRenderingContext2D, scale: number, size: number): void {
    const { tick, selected } = this.state;
    const { npcs } = tick ?? {};
    if (npcs === undefined) return;
    for (let k = 0; k < npcs.n; k++) {
      const [x, y] = [(npcs.col[k] + 0.5) * scale, (npcs.row[k] + 0.5) * scale];
      drawNpc(pen, npcs.kind[k], x, y, 0.5 * size);
      if (npcs.id[k] === selected) this.ring(pen, x, y);
    }
  }

  private ring(pen: CanvasRenderingContext2D, x: number, y: number): void {
    pen.strokeStyle = "#fff";
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(x, y, 5.5, 0, Math.PI * 2);
    pen.stroke();
  }

  private footprint(pen: CanvasRenderingContext2D, size: number, side: number): void {
    this.state.world.footprint(this.corners);
    pen.strokeStyle = "rgb(255 244 220 / 90%)";
    pen.fillStyle = "rgb(255 244 220 / 10%)";
    pen.lineWidth = 1.2;
    pen.beginPath();
    for (let k = 0; k < 4; k++) {
      const x = (this.corners[2 * k] / side + 0.5) * size;
      const y = (this.corners[2 * k + 1] / side + 0.5) * size;
      if (k === 0) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    }
    pen.closePath();
    pen.fill();
    pen.stroke();
  }
}
