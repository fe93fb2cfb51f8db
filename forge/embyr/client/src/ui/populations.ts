// The populations: who lives, how long, and what they die of; with curves.
import type { Setup } from "../net/types";
import { type Curve, drawCurves, Ring } from "./curves";
import { h, panel, penOf, setText } from "./dom";
import type { Panel, State } from "./state";

const KEPT = 2000;
const MEASURES = {
  living: "Living",
  lifetime: "Completed lifetime",
  level: "Level",
  quest: "Quests",
  epochs: "Per epoch",
} as const;
type Measure = keyof typeof MEASURES;
/** What measures are whose names are short. */
const ABOUT: Partial<Record<Measure, string>> = {
  level: "Mean combat level",
  quest: "Mean progress of quests [%]",
};
/** Measures of each tick; the others are of epochs. */
const OF_TICKS = ["living", "lifetime", "level", "quest"] as const;
type OfTicks = (typeof OF_TICKS)[number];

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
  /** What the colours of the bars below the populations mean. */
  private readonly causesKey = h("p", { class: "death-key", title: "What they died of" });
  private readonly tabs = new Map<Measure, HTMLButtonElement>();
  private measure: Measure = "living";
  private rows: Row[] = [];
  private rings: Record<OfTicks, Ring[]> = { living: [], lifetime: [], level: [], quest: [] };

  constructor(private readonly state: State) {
    for (const [name, title] of Object.entries(MEASURES)) {
      const press = () => this.choose(name as Measure);
      const tab = h("button", { type: "button", class: "tab", click: press }, title);
      tab.title = ABOUT[name as Measure] ?? "";
      this.tabs.set(name as Measure, tab);
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
    this.element = panel("populations", "Populations", head, this.body, this.causesKey);
    this.element.append(h("div", { class: "tabs" }, ...this.tabs.values()), this.canvas);
    this.choose("living");
    // Worlds say with their setup what else they have.
    for (const measure of ["level", "quest", "epochs"] as const) this.offer(measure, false);
  }

  begin(setup: Setup): void {
    const rings = () => setup.populations.map(() => new Ring(KEPT));
    this.rings = { living: rings(), lifetime: rings(), level: rings(), quest: rings() };
    this.offer("level", setup.skills !== undefined);
    this.offer("quest", setup.quests !== undefined);
    this.rows = setup.populations.map((_, population) => this.row(setup, population));
    this.body.replaceChildren(...this.rows.map(({ element }) => element));
    const causes = [...setup.causeNames.entries()].slice(1);
    const possible = causes.filter(([, name]) => setup.combat || setup.npcs || name !== "slain");
    this.causesKey.replaceChildren(
      ...possible.map(([cause, name]) => h("span", {}, h("i", { class: `cause c${cause}` }), name)),
    );
  }

  /** Take in the newest tick. */
  add(): void {
    const { tally } = this.state;
    if (tally === null) return;
    for (const [population, line] of tally.lines.entries()) {
      for (const measure of OF_TICKS) this.rings[measure][population].push(line[measure]);
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
    this.offer("epochs", this.state.epochs.length > 0);
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

  /** Offer a measure to be chosen, or offer it no longer. */
  private offer(measure: Measure, offered: boolean): void {
    (this.tabs.get(measure) as HTMLElement).hidden = !offered;
    if (this.measure === measure && !offered) this.choose("living");
  }

  private choose(measure: Measure): void {
    this.measure = measure;
    for (const [name, tab] of this.tabs) tab.setAttribute("aria-pressed", String(name === measure));
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
    const measured = ABOUT[this.measure] ?? MEASURES[this.measure];
    this.canvas.setAttribute("aria-label", about || `${measured} of each population over time`);
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
