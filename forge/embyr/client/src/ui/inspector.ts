// The inspector: who an agent is, what it did, what it sees, what it thinks.
import type { Setup, Tick } from "../net/types";
import { Aims } from "./aims";
import { indexOf } from "./chronicle";
import { Crop } from "./crop";
import { deeds } from "./deeds";
import { h, iconButton, panel, setText } from "./dom";
import { ARROWS, Mind, MOVES } from "./mind";
import type { Panel, State } from "./state";

/** How many of its last ticks are listed. */
const DEEDS = 14;
const MARKS = ["⚔", "➶", "✦"];

interface Gauge {
  element: HTMLElement;
  fill: HTMLElement;
  number: HTMLElement;
}

function gauge(name: string): Gauge {
  const fill = h("i", {});
  const number = h("span", { class: "number" });
  const element = h(
    "div",
    { class: `gauge ${name}` },
    h("span", {}, name),
    h("b", {}, fill),
    number,
  );
  return { element, fill, number };
}

export class Inspector implements Panel {
  readonly element: HTMLElement;
  private readonly name = h("strong", {});
  private readonly about = h("p", { class: "about" });
  private readonly gauges = [gauge("health"), gauge("food"), gauge("water")];
  private readonly doings = h("ol", { class: "deeds", "aria-label": "Last actions, newest first" });
  private readonly crop = new Crop();
  private readonly mind = new Mind();
  private readonly unthinking = h("p", { class: "about" });
  private readonly aims = new Aims();
  private readonly details = h("div", {});
  private readonly body = h("div", { class: "body" });
  private readonly none = h("p", { class: "none" }, "Click an agent, or find one by its number.");
  private readonly find = h("input", {
    type: "number",
    min: "0",
    placeholder: "find by number",
    "aria-label": "Find an agent by its number",
  });
  private readonly followed: HTMLButtonElement;
  private readonly pinned: HTMLButtonElement;
  private readonly pins = h("div", { class: "chips pins" });
  /** The last tick in which the selected agent lived. */
  private last: { tick: Tick; k: number } | null = null;

  /** `take` is the button that lets somebody play the agent. */
  constructor(
    private readonly state: State,
    take: HTMLElement,
  ) {
    this.find.addEventListener("change", () => {
      if (this.find.value !== "") this.state.visit(Number(this.find.value));
    });
    this.followed = iconButton("target", "Follow with the camera (F)", () =>
      state.follow(!state.following),
    );
    this.pinned = iconButton("pin", "Pin (P)", () => state.togglePin());
    const close = iconButton("close", "Close (Esc)", () => state.select(null));
    const head = h("div", { class: "head" }, this.name, this.followed, this.pinned, close);
    this.details.append(
      ...this.gauges.map(({ element }) => element),
      h("h3", {}, "What it did"),
      this.doings,
      h("h3", {}, "What it sees"),
      this.crop.canvas,
      this.mind.element,
      this.unthinking,
      this.aims.element,
    );
    this.body.append(head, this.about, take, this.details);
    this.element = panel("inspector", "Agent", this.find, this.pins, this.none, this.body);
  }

  begin(setup: Setup): void {
    this.last = null;
    this.mind.begin(setup.styleNames);
    setText(this.unthinking, setup.unthinking);
    this.aims.begin(setup.styleNames);
  }

  update(): void {
    const { selected, setup, tick, following, pins } = this.state;
    this.showPins();
    const none = selected === null || setup === null || tick === null;
    this.none.hidden = !none;
    this.body.hidden = none;
    this.element.classList.toggle("empty", none);
    if (none) return;
    this.followed.setAttribute("aria-pressed", String(following));
    this.pinned.setAttribute("aria-pressed", String(pins.includes(selected)));
    const k = tick.agents.id.subarray(0, tick.agents.n).indexOf(selected);
    if (k >= 0) this.last = { tick, k };
    else if (this.last !== null && this.last.tick.agents.id[this.last.k] !== selected) {
      this.last = null;
    }
    this.name.replaceChildren(...this.title(setup, selected));
    this.details.hidden = this.last === null;
    if (this.last === null) {
      setText(this.about, "It does not live in this tick.");
      return;
    }
    this.show(setup, this.last.tick, this.last.k, k >= 0);
  }

  private title(setup: Setup, id: number): (Node | string)[] {
    if (this.last === null) return [`Agent ${id}`];
    const { color } = setup.populations[this.last.tick.agents.population[this.last.k]];
    return [h("b", { class: "dot", style: `--own:${color}` }), `Agent ${id}`];
  }

  private show(setup: Setup, tick: Tick, k: number, alive: boolean): void {
    const { agents } = tick;
    const states = [
      alive ? `age ${agents.age[k]}` : `died at ${agents.age[k] + 1}`,
      setup.populations[agents.population[k]].name,
      `row ${agents.row[k]}, column ${agents.col[k]}`,
    ];
    if (alive && agents.freeze[k] > 0) states.push(`frozen for ${agents.freeze[k]}`);
    if (alive && agents.immune[k] !== 0) states.push("immune");
    setText(this.about, states.join(" · "));
    const stats = [
      [agents.health[k], setup.maxHealth],
      [agents.food[k], setup.maxFood],
      [agents.water[k], setup.maxWater],
    ];
    for (const [i, [value, most]] of stats.entries()) {
      const shown = alive ? value : 0;
      this.gauges[i].fill.style.width = `${(100 * shown) / Math.max(1, most)}%`;
      setText(this.gauges[i].number, `${shown}/${most}`);
    }
    this.list(agents.id[k], tick, setup);
    this.crop.draw(setup, this.state.playback.map(), tick, k);
    this.think(setup, tick, k, alive);
  }

  /** Show what it thought in a tick; that of the newest tick may come a moment later. */
  private think(setup: Setup, tick: Tick, k: number, alive: boolean): void {
    const id = tick.agents.id[k];
    const { thoughts, playback } = this.state;
    const last = alive ? thoughts.last(id) : null;
    const then = playback.mode === "live" ? last : thoughts.of(id, tick.tick);
    this.mind.update(last && then);
    this.mind.element.hidden = (last?.moves.length ?? 0) === 0;
    this.aims.update(setup, playback.map(), tick, k, last && then);
  }

  /** List what an agent did up to a tick: of the dead, the last in which it lived. */
  private list(id: number, upTo: Tick, setup: Setup): void {
    const { history } = this.state.playback;
    const done = deeds(history, indexOf(history, upTo.tick), id, DEEDS);
    this.doings.replaceChildren(
      ...done.map(({ tick, move, style, target, hurt }) => {
        const attack = style >= 0 ? ` and ${setup.styleNames[style]} at ${target}` : "";
        const title = `tick ${tick}: ${MOVES[move]}${attack}${hurt > 0 ? `, hurt by ${hurt}` : ""}`;
        const marks = [ARROWS[move], style >= 0 ? (MARKS[style] ?? "!") : ""].map(mark =>
          h("span", {}, mark),
        );
        return h("li", { class: hurt > 0 ? "hurt" : "", title, "aria-label": title }, ...marks);
      }),
    );
  }

  private showPins(): void {
    const { pins } = this.state;
    if (this.pins.childElementCount === pins.length && this.pins.dataset.of === pins.join()) return;
    this.pins.dataset.of = pins.join();
    this.pins.replaceChildren(
      ...pins.map(id =>
        h("button", { type: "button", class: "chip", click: () => this.state.visit(id) }, `${id}`),
      ),
    );
  }
}
