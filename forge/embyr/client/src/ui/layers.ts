// Overlays on the land: what is counted while watching, with a legend.
import { h, panel, setText } from "./dom";
import { short } from "./populations";
import type { Panel, State } from "./state";

interface Layer {
  name: string;
  about: string;
  log: boolean;
  values: (state: State) => Float32Array | null;
}

const NONE: Layer = { name: "None", about: "", log: false, values: () => null };

const LAYERS: Layer[] = [
  NONE,
  {
    name: "Visits",
    about: "agent-ticks on each tile since this page watches, logarithmic",
    log: true,
    values: state => state.tally?.visits ?? null,
  },
  {
    name: "Deaths",
    about: "deaths on each tile since this page watches, logarithmic",
    log: true,
    values: state => state.tally?.graves ?? null,
  },
];

export class Layers implements Panel {
  readonly element: HTMLElement;
  private chosen = 0;
  private readonly choice = h("select", { "aria-label": "Overlay" });
  private readonly opacity = h("input", {
    type: "range",
    min: "0.1",
    max: "1",
    step: "0.05",
    value: "0.75",
    "aria-label": "Opacity of the overlay",
  });
  private readonly about = h("p", { class: "about" });
  private readonly most = h("span", { class: "number" });
  private readonly legend: HTMLElement;
  /** Without zeros, which would cover the land. */
  private shown = new Float32Array(0);
  private drawn = -1;

  constructor(private readonly state: State) {
    for (const [k, { name }] of LAYERS.entries())
      this.choice.append(h("option", { value: k }, name));
    this.choice.addEventListener("change", () => this.choose(Number(this.choice.value)));
    this.opacity.addEventListener("input", () => this.lay());
    const ramp = h(
      "div",
      { class: "ramp" },
      h("span", {}, "1"),
      h("i", { class: "scale" }),
      this.most,
    );
    this.legend = h("div", { class: "legend" }, ramp, this.opacity, this.about);
    this.element = panel("layers", "Overlay", this.choice, this.legend);
    this.choose(0);
  }

  begin(): void {
    this.drawn = -1;
    this.choose(this.chosen);
  }

  next(): void {
    this.choose((this.chosen + 1) % LAYERS.length);
  }

  private choose(k: number): void {
    this.chosen = k;
    this.choice.value = String(k);
    this.legend.hidden = k === 0;
    setText(this.about, LAYERS[k].about);
    this.lay();
  }

  /** Lay the values anew, twice a second. */
  update(): void {
    const now = Math.floor(performance.now() / 500);
    if (this.chosen === 0 || now === this.drawn) return;
    this.drawn = now;
    this.lay();
  }

  private lay(): void {
    const { world } = this.state;
    const { values, log } = LAYERS[this.chosen];
    const given = values(this.state);
    if (given === null) {
      world.overlay(null, {});
      return;
    }
    if (this.shown.length !== given.length) this.shown = new Float32Array(given.length);
    let most = 1;
    for (let k = 0; k < given.length; k++) {
      this.shown[k] = given[k] > 0 ? given[k] : Number.NaN;
      most = Math.max(most, given[k]);
    }
    setText(this.most, short(most));
    const opacity = Number(this.opacity.value);
    world.overlay(this.shown, { min: 0, max: most, opacity, log });
  }
}
