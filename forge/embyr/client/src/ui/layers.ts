// Overlays on the land: which one is shown, of whom, and its legend.
import type { Overlay, Setup } from "../net/types";
import { gradient } from "../scene/ramp";
import { h, panel, setText } from "./dom";
import { ALL, at, extent, type Layer, layersOf, numeral, titled, under } from "./overlays";
import type { Panel, State } from "./state";

/** Time between two looks at what changes by itself [ms]. */
const PAUSE = 500;

export class Layers implements Panel {
  readonly element: HTMLElement;
  private layers: Layer[] = layersOf(null);
  /** Its place in the list; −1: none. */
  private chosen = -1;
  /** The choice where all together can be shown, and where one has to be chosen. */
  private readonly populations = { any: ALL, one: 0, none: ALL };
  /** What the server has sent last of the chosen one. */
  private received: Overlay | null = null;
  private readonly choice = h("select", { "aria-label": "Overlay" });
  private readonly whose = h("select", { "aria-label": "Population of the overlay" });
  private readonly opacity = h("input", {
    type: "range",
    min: "0.1",
    max: "1",
    step: "0.05",
    value: "0.8",
    "aria-label": "Opacity of the overlay",
  });
  private readonly heading = h("h3", {});
  private readonly bar = h("i", { class: "scale" });
  private readonly marks = [h("span", {}), h("span", {}), h("span", {})];
  private readonly unit = h("span", { class: "unit" });
  private readonly about = h("p", { class: "about" });
  private readonly fault = h("p", { class: "fault", role: "status" });
  private readonly ramp: HTMLElement;
  private readonly strength: HTMLElement;
  /** Lies on the picture itself. */
  readonly legend: HTMLElement;
  private drawn = -1;

  constructor(private readonly state: State) {
    this.choice.addEventListener("change", () => this.choose(Number(this.choice.value)));
    this.whose.addEventListener("change", () => {
      this.populations[this.layer()?.populations ?? "none"] = Number(this.whose.value);
      this.ask();
    });
    this.opacity.addEventListener("input", () => this.lay());
    state.source.on("overlay", overlay => this.receive(overlay));
    this.ramp = h("div", { class: "ramp" }, this.bar, h("div", { class: "marks" }, ...this.marks));
    this.strength = h("label", { class: "strength" }, "opacity", this.opacity);
    this.element = panel("layers", "Overlay", this.choice, this.whose, this.strength);
    const head = h("div", { class: "head" }, this.heading, this.unit);
    this.legend = h(
      "aside",
      { class: "panel overlaid", "aria-label": "Legend of the overlay" },
      head,
      this.fault,
      this.ramp,
      this.about,
    );
    this.list();
  }

  begin(setup: Setup): void {
    const before = this.layer()?.name;
    this.layers = layersOf(setup);
    this.chosen = this.layers.findIndex(({ name }) => name === before);
    const known = setup.populations.length;
    if (this.populations.any >= known) this.populations.any = ALL;
    if (this.populations.one >= known) this.populations.one = 0;
    this.list();
  }

  /** Go to the overlay after, or before. */
  next(by: 1 | -1): void {
    const count = this.layers.length + 1;
    this.choose(((this.chosen + 1 + by + count) % count) - 1);
  }

  /** The name of what is shown, and whose it is where a population is chosen. */
  get shown(): { overlay: string | null; of: number | null } {
    const of = this.population;
    return { overlay: this.layer()?.name ?? null, of: of === ALL ? null : of };
  }

  /** Show the overlay of a name; of a population, or of all. Names that are not known: none. */
  show(name: string | null, of: number | null): void {
    const chosen = this.layers.findIndex(layer => layer.name === name);
    const kind = this.layers[chosen]?.populations ?? "none";
    const known = this.state.setup?.populations.length ?? 0;
    if (kind === "any") this.populations.any = of === null || of >= known ? ALL : of;
    if (kind === "one") this.populations.one = of === null || of >= known ? 0 : of;
    this.choose(chosen);
  }

  private layer(): Layer | null {
    return this.layers[this.chosen] ?? null;
  }

  private get population(): number {
    return this.populations[this.layer()?.populations ?? "none"];
  }

  private list(): void {
    const names = ["None", ...this.layers.map(({ name }) => name)];
    this.choice.replaceChildren(
      ...names.map((name, k) => h("option", { value: String(k - 1) }, name)),
    );
    this.choose(this.chosen);
  }

  private choose(k: number): void {
    this.chosen = k;
    this.choice.value = String(k);
    const layer = this.layer();
    this.legend.hidden = this.strength.hidden = this.whose.hidden = layer === null;
    if (layer !== null) {
      this.listPopulations(layer);
      setText(this.about, layer.about);
      this.bar.style.background = gradient(layer.scale === "signed");
    }
    this.ask();
  }

  private listPopulations({ populations, agent }: Layer): void {
    const known = this.state.setup?.populations ?? [];
    this.whose.hidden = populations === "none" || known.length < 2;
    const options = known.map((population, p) =>
      h("option", { value: String(p) }, population.name),
    );
    if (populations === "any") options.unshift(h("option", { value: ALL }, "all populations"));
    this.whose.replaceChildren(...options);
    this.whose.value = String(this.population);
    this.whose.title = agent ? "Population of the other agent" : "";
  }

  /** Ask the server for what it is to compute. */
  private ask(): void {
    const layer = this.layer();
    this.received = null;
    const name = layer !== null && layer.make === null ? layer.name : "";
    const { population, state } = this;
    if (state.setup?.overlays) state.source.send({ type: "overlay", name, population });
    this.lay();
  }

  private receive(overlay: Overlay): void {
    const layer = this.layer();
    if (layer === null || layer.make !== null || overlay.name !== layer.name) return;
    if (overlay.population !== this.population) return;
    this.received = overlay;
    this.lay();
  }

  /** Lay the page's own numbers anew, twice a second. */
  update(): void {
    const now = Math.floor(performance.now() / PAUSE);
    if (now === this.drawn || this.layer() === null) return;
    this.drawn = now;
    this.lay();
  }

  private lay(): void {
    const { state } = this;
    const layer = this.layer();
    const received = layer?.agent && this.received?.agent !== state.thinker ? null : this.received;
    const values =
      layer === null ? null : (layer.make?.(state, this.population) ?? received?.values ?? null);
    this.explain(layer, received, values);
    if (layer === null || values === null) {
      state.world.overlay(null, {});
      return;
    }
    const [low, high] = extent(layer, values);
    const [log, signed] = [layer.scale === "log", layer.scale === "signed"];
    const opacity = Number(this.opacity.value);
    state.world.overlay(values, { min: low, max: high, opacity, log, signed });
    for (const [k, mark] of this.marks.entries()) {
      // Between few counts there is none.
      const text = log && k === 1 && high < 10 ? "" : numeral(at(layer, low, high, k / 2));
      setText(mark, signed && k === 2 ? `+${text}` : text);
    }
  }

  /** Say in words what is shown, or why nothing is. */
  private explain(
    layer: Layer | null,
    received: Overlay | null,
    values: Float32Array | null,
  ): void {
    if (layer === null) return;
    const waits = layer.make === null && received === null;
    const empty = values?.every(value => Number.isNaN(value)) ?? false;
    const why = waits ? "It is being computed …" : (received?.fault ?? "");
    setText(this.fault, empty ? "There is nothing to show now." : why);
    this.fault.hidden = this.fault.textContent === "";
    this.fault.classList.toggle("failed", received?.failed ?? false);
    this.ramp.hidden = values === null || empty;
    setText(this.heading, titled(layer, this.state, this.population));
    setText(this.unit, this.measured(layer, received, values));
  }

  /** Of what, when, and what it is where the selected agent stands. */
  private measured(layer: Layer, received: Overlay | null, values: Float32Array | null): string {
    if (values === null) return "";
    const told = [layer.unit];
    if (received !== null) told.push(`tick ${received.tick}`);
    const here = under(values, this.state);
    if (here !== "") told.push(here);
    return told.filter(text => text !== "").join(" · ");
  }
}
