// The strip of agents × time: a row per agent, a column per tick; a click jumps there.
import type { Setup } from "../net/types";
import { h, iconButton, penOf } from "./dom";
import { gather, type Lives, type Measure, measuresIn } from "./lives";
import { MOVES } from "./mind";
import type { Panel, State } from "./state";

/** A cell, in CSS pixels. */
const WIDE = 4;
const TALL = 6;
const ROWS = 160;

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

export class Strip implements Panel {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { role: "img", "aria-label": "Agents by ticks" });
  private readonly population = h("select", { "aria-label": "Whose lives" });
  private readonly measure = h("select", { "aria-label": "Colour by" });
  private readonly hint = h("output", { class: "hint" });
  private readonly key = h("p", { class: "legend" });
  private readonly scroll: HTMLElement;
  private lives: Lives | null = null;
  private drawn = "";

  constructor(private readonly state: State) {
    const head = h(
      "div",
      { class: "head" },
      h("h2", {}, "Lives"),
      this.population,
      this.measure,
      this.hint,
      iconButton("close", "Close (L)", () => this.toggle()),
    );
    this.scroll = h("div", { class: "scroll", tabindex: "0" }, this.canvas);
    this.element = h(
      "section",
      { class: "panel strip", "aria-label": "Lives of agents over time", hidden: true },
      head,
      this.scroll,
      this.key,
    );
    this.canvas.addEventListener("click", event => this.jump(event));
    this.canvas.addEventListener("pointermove", event => this.tell(event));
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
      h("option", { value: -1 }, "all"),
      ...setup.populations.map(({ name }, k) => h("option", { value: k }, name)),
    );
    this.key.replaceChildren(
      ...legend(setup.styleNames).flatMap(([name, color]) => [
        h("b", { class: "swatch", style: `--own:${color}` }),
        `${name} `,
      ]),
    );
  }

  update(): void {
    const { playback, setup, selected } = this.state;
    if (this.element.hidden || setup === null) return;
    const columns = Math.floor(this.scroll.clientWidth / WIDE);
    const [whose, measure] = [Number(this.population.value), this.measure.value as Measure];
    this.key.hidden = measure !== "action";
    const key = [playback.tick?.tick, columns, whose, measure, selected].join();
    if (key === this.drawn) return;
    this.drawn = key;
    const index = playback.index();
    this.lives = gather(playback.history, index, columns, whose, measure, ROWS, setup.quests);
    this.draw(this.lives, measure, setup);
  }

  private draw(lives: Lives, measure: Measure, setup: Setup): void {
    const { ids, values, columns } = lives;
    this.canvas.style.height = `${Math.max(1, ids.length) * TALL}px`;
    const pen = penOf(this.canvas);
    if (pen === null) return;
    const most = {
      action: 1,
      damage: setup.maxHealth,
      health: setup.maxHealth,
      food: setup.maxFood,
      water: setup.maxWater,
      level: setup.skills?.reached.length ?? 1,
      quest: 1,
    }[measure];
    for (let row = 0; row < ids.length; row++) {
      if (ids[row] === this.state.selected) {
        pen.fillStyle = "rgb(255 255 255 / 25%)";
        pen.fillRect(0, row * TALL, columns * WIDE, TALL);
      }
      for (let c = 0; c < columns; c++) {
        const value = values[row * columns + c];
        if (Number.isNaN(value)) continue;
        pen.fillStyle = measure === "action" ? (ACTIONS[value] ?? "#fff") : ramp(value / most);
        pen.fillRect(c * WIDE, row * TALL + 0.5, WIDE - 0.5, TALL - 1);
      }
    }
  }

  /** The row and column under a pointer. */
  private cell(event: MouseEvent): { id: number; place: number; value: number } | null {
    if (this.lives === null) return null;
    const { ids, values, columns, first } = this.lives;
    const [row, c] = [Math.floor(event.offsetY / TALL), Math.floor(event.offsetX / WIDE)];
    if (row >= ids.length || c >= columns) return null;
    return { id: ids[row], place: first + c, value: values[row * columns + c] };
  }

  private tell(event: MouseEvent): void {
    const found = this.cell(event);
    if (found === null || Number.isNaN(found.value)) {
      this.hint.textContent = "";
      return;
    }
    const { id, place, value } = found;
    const names = [...MOVES, ...(this.state.setup?.styleNames ?? [])];
    const shown = { action: names[value], quest: `${Math.round(100 * value)} %` }[
      this.measure.value
    ];
    const tick = this.state.playback.history.at(place).tick;
    this.hint.textContent = `${id}, tick ${tick}: ${shown ?? value}`;
  }

  private jump(event: MouseEvent): void {
    const found = this.cell(event);
    if (found === null) return;
    this.state.playback.seek(found.place);
    this.state.visit(found.id);
  }
}

/** What the colours of actions mean: name and colour. */
function legend(styleNames: string[]): [string, string][] {
  return [...MOVES, ...styleNames].map((name, k) => [name, ACTIONS[k] ?? "#fff"]);
}
