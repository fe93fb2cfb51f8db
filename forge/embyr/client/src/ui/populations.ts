// The populations: who lives, how long, and what they die of; with curves.
import type { Setup } from "../net/types";
import { type Curve, drawCurves, Ring } from "./curves";
import { h, panel, penOf, setText } from "./dom";
import type { Panel, State } from "./state";

const KEPT = 2000;
const MEASURES = { living: "Living", lifetime: "Completed lifetime", epochs: "Per epoch" } as const;
type Measure = keyof typeof MEASURES;
const EPOCHS = Object.keys(MEASURES).indexOf("epochs");

interface Row {
  element: HTMLElement;
  shown: HTMLButtonElement;
  living: HTMLElement;
  lifetime: HTMLElement;
  births: HTMLElement;
  deaths: HTMLElement;
  causes: HTMLElement[];
}

/** Write a number so that it stays short: 950, 1.2k, 35k. */
export function short(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value < 1000) return String(Math.round(value));
  const thousands = value / 1000;
  return thousands < 10 ? `${thousands.toFixed(1)}k` : `${Math.round(thousands)}k`;
}

export class Populations implements Panel {
  readonly element: HTMLElement;
  private readonly body = h("div", { class: "rows" });
  private readonly canvas = h("canvas", { class: "curves", role: "img" });
  private readonly tabs: HTMLButtonElement[] = [];
  private measure: Measure = "living";
  private rows: Row[] = [];
  private rings: Record<Exclude<Measure, "epochs">, Ring[]> = { living: [], lifetime: [] };

  constructor(private readonly state: State) {
    for (const [name, title] of Object.entries(MEASURES)) {
      const press = () => this.choose(name as Measure);
      this.tabs.push(h("button", { type: "button", class: "tab", click: press }, title));
    }
    const head = h(
      "div",
      { class: "row head", "aria-hidden": "true" },
      h("span", {}, ""),
      h("span", {}, "living"),
      h("span", {}, "lifetime"),
      h("span", {}, "born"),
      h("span", {}, "died"),
    );
    this.element = panel("populations", "Populations", head, this.body);
    this.element.append(h("div", { class: "tabs" }, ...this.tabs), this.canvas);
    this.choose("living");
  }

  begin(setup: Setup): void {
    const rings = () => setup.populations.map(() => new Ring(KEPT));
    this.rings = { living: rings(), lifetime: rings() };
    this.rows = setup.populations.map((_, population) => this.row(setup, population));
    this.body.replaceChildren(...this.rows.map(({ element }) => element));
  }

  /** Take in the newest tick. */
  add(): void {
    const { tally } = this.state;
    if (tally === null) return;
    for (const [population, line] of tally.lines.entries()) {
      this.rings.living[population].push(line.living);
      this.rings.lifetime[population].push(line.lifetime);
    }
  }

  update(): void {
    const { tally, hidden } = this.state;
    if (tally === null) return;
    const living = this.counted();
    for (const [population, row] of this.rows.entries()) {
      const line = tally.lines[population];
      setText(row.living, short(living[population]));
      setText(row.lifetime, short(line.lifetime));
      setText(row.births, short(line.births));
      setText(row.deaths, short(line.deaths));
      for (const [cause, bar] of row.causes.entries()) {
        bar.style.flexGrow = String(line.causes[cause]);
      }
      row.causes[0]?.parentElement?.setAttribute("title", this.causes(population));
      const off = hidden.has(population);
      row.element.classList.toggle("off", off);
      row.shown.setAttribute("aria-pressed", String(!off));
    }
    this.tabs[EPOCHS].hidden = this.state.epochs.length === 0;
    if (this.measure === "epochs" && this.state.epochs.length === 0) this.choose("living");
    this.draw();
  }

  /** The living of the shown tick. */
  private counted(): Uint32Array {
    const counts = new Uint32Array(this.rows.length);
    const { tick } = this.state;
    if (tick !== null) {
      for (let k = 0; k < tick.agents.n; k++) counts[tick.agents.population[k]]++;
    }
    return counts;
  }

  private causes(population: number): string {
    const names = this.state.setup?.causeNames ?? [];
    const counts = this.state.tally?.lines[population].causes ?? new Uint32Array(0);
    // The first names that nobody has died.
    return names
      .map((name, cause) => `${name} ${counts[cause]}`)
      .slice(1)
      .join(" · ");
  }

  private choose(measure: Measure): void {
    this.measure = measure;
    for (const [k, name] of Object.keys(MEASURES).entries()) {
      this.tabs[k].setAttribute("aria-pressed", String(name === measure));
    }
    this.draw();
  }

  private draw(): void {
    const { setup, hidden } = this.state;
    const pen = penOf(this.canvas);
    if (setup === null || pen === null) return;
    const { epochs } = this.state;
    const rings = this.measure === "epochs" ? epochs.curves : this.rings[this.measure];
    const curves: Curve[] = setup.populations.flatMap(({ color }, population) => {
      const ring = rings[population];
      return ring ? [{ ring, color, faint: hidden.has(population) }] : [];
    });
    const over = this.measure === "epochs" ? `epochs ${epochs.first} – ${epochs.last}` : "";
    drawCurves(pen, this.canvas.clientWidth, this.canvas.clientHeight, curves, over);
    const about = over ? `Completed lifetime of each population, ${over}` : "";
    const measured = `${MEASURES[this.measure]} of each population over time`;
    this.canvas.setAttribute("aria-label", about || measured);
  }

  private row(setup: Setup, population: number): Row {
    const { name, color } = setup.populations[population];
    const cell = () => h("span", { class: "number" }, "–");
    const [living, lifetime, births, deaths] = [cell(), cell(), cell(), cell()];
    const causes = setup.causeNames.map((_, cause) => h("i", { class: `cause c${cause}` }));
    const shown = h(
      "button",
      {
        type: "button",
        class: "name",
        title: `Show or leave out ${name}; double-click shows it alone`,
        click: () => this.state.toggle(population),
        dblclick: () => this.state.solo(population),
      },
      h("b", { class: "dot", style: `--own:${color}` }),
      name,
    );
    const solo = h(
      "button",
      {
        type: "button",
        class: "solo",
        title: `Show ${name} alone`,
        "aria-label": `Show ${name} alone`,
        click: () => this.state.solo(population),
      },
      "S",
    );
    const element = h("div", { class: "row" }, shown, solo, living, lifetime, births, deaths);
    element.append(h("div", { class: "causes", role: "img" }, ...causes));
    return { element, shown, living, lifetime, births, deaths, causes };
  }
}
