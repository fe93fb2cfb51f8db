// The strip of agents × time: a row per agent, a column per tick; a click jumps there.
import type { Setup } from "../net/types";
import { range } from "../scene/overlay";
import { h, iconButton, penOf, setText } from "./dom";
import {
  gather,
  type Life,
  type Lives,
  type Measure,
  measuresIn,
  ORDERS,
  type Order,
  UNKNOWN,
} from "./lives";
import { MOVES } from "./mind";
import { numeral } from "./overlays";
import type { Panel, State } from "./state";

/** A cell, in CSS pixels. */
const WIDE = 4;
const TALL = 15;
/** Where the number and the age of an agent stand, before the cells. */
const GUTTER = 96;
const ROWS = 160;
/** How much a life stands out of which the page has not kept what happened. */
const FAINT = 0.28;

/** Stay, east, south, west, north; then attacks by style. */
const ACTIONS = [
  "#4a4650",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#cc79a7",
  "#ff5a3c",
  "#ff9f3c",
  "#f4f1ff",
];

/** The colour of a share, from dark blue over green to yellow. */
export function ramp(share: number): string {
  const t = Math.min(1, Math.max(0, share));
  return `hsl(${265 - 210 * t} ${45 + 45 * t}% ${24 + 36 * t}%)`;
}

/** What a cell is about. */
interface Cell {
  life: Life;
  tick: number;
  /** In the history; −1: it is not kept. */
  place: number;
  /** NaN: it does not live then, or it is not kept; UNKNOWN: it is not known. */
  value: number;
}

export class Strip implements Panel {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { role: "img", "aria-label": "Agents by ticks" });
  private readonly population = h("select", { "aria-label": "Whose lives" });
  private readonly order = h("select", { "aria-label": "Which lives, in which order" });
  private readonly measure = h("select", { "aria-label": "Colour by" });
  private readonly hint = h("output", { class: "hint" });
  /** The ticks of the first and of the last column. */
  private readonly ends = [h("span", {}), h("span", {})];
  private readonly key = h("p", { class: "legend" });
  private readonly scroll: HTMLElement;
  private lives: Lives | null = null;
  /** Columns that there is room for. */
  private room = 0;
  private drawn = "";
  private pointed = false;
  /** The values of the tick that was drawn. */
  private newest: Float32Array | undefined;
  /** Whether the server was asked for values. */
  private asked: 0 | 1 = 0;

  constructor(private readonly state: State) {
    this.order.append(
      ...Object.entries(ORDERS).map(([value, title]) => h("option", { value }, title)),
    );
    const head = h(
      "div",
      { class: "head" },
      h("h2", {}, "Lives"),
      this.population,
      this.order,
      this.measure,
      iconButton("close", "Close (L)", () => this.toggle()),
    );
    this.scroll = h("div", { class: "scroll", tabindex: "0" }, this.canvas);
    const axis = h("div", { class: "axis" }, h("span", {}, "agent, age"));
    axis.append(this.ends[0], this.hint, this.ends[1]);
    this.element = h(
      "section",
      { class: "panel strip", "aria-label": "Lives of agents over time", hidden: true },
      head,
      this.scroll,
      axis,
      this.key,
    );
    this.canvas.addEventListener("click", event => this.jump(event));
    this.canvas.addEventListener("pointermove", event => this.tell(event));
    this.canvas.addEventListener("pointerleave", () => {
      this.pointed = false;
      this.drawn = "";
    });
  }

  toggle(): void {
    this.element.hidden = !this.element.hidden;
    this.update();
  }

  begin(setup: Setup): void {
    this.drawn = "";
    const measure = this.measure.value as Measure;
    const measures = measuresIn(setup);
    this.measure.replaceChildren(...measures.map(name => h("option", { value: name }, name)));
    this.measure.value = measures.includes(measure) ? measure : measures[0];
    this.population.replaceChildren(
      h("option", { value: -1 }, "all populations"),
      ...setup.populations.map(({ name }, k) => h("option", { value: k }, name)),
    );
  }

  update(): void {
    const { playback, setup, selected } = this.state;
    this.ask();
    if (this.element.hidden || setup === null) return;
    this.room = Math.max(1, Math.floor((this.scroll.clientWidth - GUTTER) / WIDE));
    const [population, order] = [Number(this.population.value), this.order.value as Order];
    const measure = this.measure.value as Measure;
    const key = [playback.tick?.tick, this.room, population, order, measure, selected].join();
    const newest = playback.tick?.agents.value;
    if (key === this.drawn && newest === this.newest) return;
    [this.drawn, this.newest] = [key, newest];
    const whose = { population, order, most: ROWS };
    const place = playback.index();
    this.lives = gather(playback.history, place, this.room, whose, measure, setup.quests);
    const ends = rangeOf(measure, setup, this.lives.values);
    this.draw(this.lives, measure, setup, ends);
    this.explain(this.lives, measure, setup, ends);
  }

  /** Have values sent while they are shown. */
  private ask(): void {
    const wanted = !this.element.hidden && this.measure.value === "value" ? 1 : 0;
    if (wanted === this.asked) return;
    this.asked = wanted;
    this.state.source.send({ type: "values", wanted });
  }

  /** The tick of a column, counted from the first that there is room for. */
  private tickOf(column: number): number {
    return (this.state.tick?.tick ?? 0) - this.room + 1 + column;
  }

  private draw(
    { lives, values, columns }: Lives,
    measure: Measure,
    setup: Setup,
    [low, high]: [number, number],
  ): void {
    this.canvas.style.height = `${Math.max(1, lives.length) * TALL}px`;
    const pen = penOf(this.canvas);
    if (pen === null) return;
    const unknown = this.room - columns;
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (const [row, life] of lives.entries()) {
      const y = row * TALL;
      if (life.id === this.state.selected) {
        pen.fillStyle = "rgb(255 255 255 / 25%)";
        pen.fillRect(0, y, GUTTER + this.room * WIDE, TALL);
      }
      this.name(pen, life, y + TALL / 2 + 0.5, setup);
      const faint = (column: number, columns: number) => {
        pen.globalAlpha = FAINT;
        pen.fillStyle = setup.populations[life.population].color;
        pen.fillRect(GUTTER + column * WIDE, y + 2, columns * WIDE, TALL - 4);
        pen.globalAlpha = 1;
      };
      const born = Math.max(0, life.born - this.tickOf(0));
      if (born < unknown) faint(born, unknown - born);
      for (let c = 0; c < columns; c++) {
        const value = values[row * columns + c];
        if (Number.isNaN(value)) continue;
        if (value === UNKNOWN) {
          faint(unknown + c, 1);
          continue;
        }
        const share = (value - low) / (high - low || 1);
        pen.fillStyle = measure === "action" ? (ACTIONS[value] ?? "#fff") : ramp(share);
        pen.fillRect(GUTTER + (unknown + c) * WIDE, y + 1, WIDE - 0.5, TALL - 2);
      }
    }
  }

  /** Write who it is, and how old. */
  private name(pen: CanvasRenderingContext2D, life: Life, y: number, setup: Setup): void {
    pen.fillStyle = setup.populations[life.population].color;
    pen.beginPath();
    pen.arc(5, y - 0.5, 4, 0, 7);
    pen.fill();
    pen.fillStyle = "#f2ede4";
    pen.textAlign = "left";
    pen.fillText(String(life.id), 14, y);
    pen.fillStyle = "#b8b2ab";
    pen.textAlign = "right";
    pen.fillText(String(life.age), GUTTER - 8, y);
  }

  /** Say what is shown, over which ticks, and what its colours mean. */
  private explain(
    { lives, columns, values }: Lives,
    measure: Measure,
    setup: Setup,
    range: [number, number],
  ): void {
    setText(this.ends[0], `tick ${Math.max(0, this.tickOf(0)).toLocaleString("en")}`);
    setText(this.ends[1], `tick ${this.tickOf(this.room - 1).toLocaleString("en")}`);
    const oldest = lives.reduce((most, { age }) => Math.max(most, age), 0);
    const agents = lives.length === ROWS ? `the first ${ROWS}` : `${lives.length} agents`;
    if (!this.pointed) setText(this.hint, lives.length > 0 ? `${agents}, up to age ${oldest}` : "");
    const isNone = measure === "value" && !values.some(Number.isFinite);
    const ends = isNone ? [] : range.map(end => written(measure, end));
    const colours = measure === "action" ? actionKey(setup.styleNames) : rampKey(measure, ends);
    const hasFaint = columns < this.room || values.includes(UNKNOWN);
    const before = hasFaint ? swatch("var(--soft)", lacking(measure)) : [];
    const told = `${measure} ${ends} ${setup.realm} ${before.length}`;
    if (this.key.dataset.of === told) return;
    this.key.dataset.of = told;
    this.key.replaceChildren(...colours, ...before);
    this.key.lastElementChild?.classList.toggle("faint", before.length > 0);
  }

  /** What is under a pointer; null: nothing. */
  private cell(event: MouseEvent): Cell | null {
    if (this.lives === null) return null;
    const { lives, values, columns, first } = this.lives;
    const row = Math.floor(event.offsetY / TALL);
    const column = Math.floor((event.offsetX - GUTTER) / WIDE);
    if (row < 0 || row >= lives.length || column >= this.room) return null;
    // On its name: now.
    const c = (column < 0 ? this.room - 1 : column) - (this.room - columns);
    const tick = this.tickOf(c + this.room - columns);
    const kept = c >= 0;
    return {
      life: lives[row],
      tick,
      place: kept ? first + c : -1,
      value: kept ? values[row * columns + c] : Number.NaN,
    };
  }

  private tell(event: MouseEvent): void {
    const found = this.cell(event);
    this.pointed = found !== null;
    if (found === null) return;
    const { life, tick, value, place } = found;
    const names = [...MOVES, ...(this.state.setup?.styleNames ?? [])];
    const measure = this.measure.value as Measure;
    const lived = tick >= life.born && (place < 0 || !Number.isNaN(value));
    const known = measure === "action" ? names[value] : `${measure} ${written(measure, value)}`;
    const isKept = place >= 0 && value !== UNKNOWN;
    const said = !lived ? "did not live" : isKept ? known : lacking(measure);
    setText(this.hint, `agent ${life.id}, tick ${tick}: ${said}`);
  }

  private jump(event: MouseEvent): void {
    const found = this.cell(event);
    if (found === null) return;
    if (event.offsetX >= GUTTER) {
      if (found.place >= 0) this.state.playback.seek(found.place);
      else this.state.say(`tick ${found.tick} is not kept here`);
    }
    this.state.visit(found.life.id);
  }
}

/** Why nothing is shown of who lives: values are sent from when they are asked for. */
function lacking(measure: Measure): string {
  return measure === "value" ? "not known" : "not kept";
}

/** What the darkest and the brightest colour stand for; for values, the extremes that are shown. */
export function rangeOf(measure: Measure, setup: Setup, shown: Float32Array): [number, number] {
  if (measure === "value") return range(shown);
  const most = {
    action: 1,
    damage: setup.maxHealth,
    health: setup.maxHealth,
    food: setup.maxFood,
    water: setup.maxWater,
    level: setup.skills?.reached.length ?? 1,
    quest: 1,
  }[measure];
  return [0, most];
}

/** Write a number of a measure. */
function written(measure: Measure, value: number): string {
  return measure === "quest" ? `${Math.round(100 * value)} %` : numeral(value);
}

function swatch(color: string, name: string): (Node | string)[] {
  return [h("b", { class: "swatch", style: `--own:${color}` }), name];
}

/** What the colours of actions mean. */
function actionKey(styleNames: string[]): (Node | string)[] {
  const names = [...MOVES, ...styleNames.map(name => `attacks: ${name}`)];
  return names.flatMap((name, k) => swatch(ACTIONS[k] ?? "#fff", name));
}

/** A scale from the least to the most; the measure alone if there are none. */
function rampKey(measure: Measure, [least, most]: string[]): (Node | string)[] {
  if (least === undefined) return [`${measure}: `];
  const stops = [0, 0.25, 0.5, 0.75, 1].map(ramp).join(",");
  const scale = h("i", { class: "scale", style: `background:linear-gradient(90deg,${stops})` });
  return [`${measure}: ${least} `, scale, ` ${most}`];
}
