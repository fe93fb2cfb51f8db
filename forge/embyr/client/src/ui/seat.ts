// The seat: play an agent by hand, and give it back to its network.
import type { Agents, Inspection, Order, Seats, Setup } from "../net/types";
import { takesKey, WAYS } from "../scene/controls";
import type { WorldEvent } from "./chronicle";
import { Deals } from "./deals";
import { h, setText } from "./dom";
import type { Key } from "./keys";
import { MOVES } from "./mind";
import { isNpc, nameOf } from "./npcs";
import { moveTo, styleFor, targets } from "./orders";
import { errand } from "./quests";
import { slayer } from "./sentences";
import { standing } from "./skills";
import type { Panel, State } from "./state";

const REST: Order = {
  move: 0,
  style: -1,
  target: -1,
  deal: 0,
  trade: 0,
  price: 0,
  receiver: -1,
  word: 0,
};
const NOBODY: Seats = { own: -1, waits: false, played: [], awaited: [], elsewhere: [] };
const PAD: [string, string, string][] = [
  ["ArrowUp", "↑", "up"],
  ["ArrowLeft", "←", "left"],
  ["", "•", "stay"],
  ["ArrowRight", "→", "right"],
  ["ArrowDown", "↓", "down"],
];

/** Say which levels an agent has. */
function levels({ skills }: Setup, agents: Agents, k: number): string {
  return skills === undefined || agents.skills === undefined
    ? ""
    : standing(skills, agents.skills, k);
}

/** Say which quest an agent has. */
function quest(setup: Setup, { quests }: Agents, k: number): string {
  const said = errand(setup, quests, k);
  return said === "" ? "" : `Quest: ${said}`;
}

export class Seat implements Panel {
  readonly element: HTMLElement;
  /** The button of the inspector. */
  readonly take: HTMLButtonElement;
  private told = NOBODY;
  /** Whether the world is to wait, now or when the next agent is taken. */
  private waits = true;
  /** The style that strikes; null: the strongest that reaches. */
  private style: number | null = null;
  /** What was ordered for the next tick. */
  private ordered = REST;
  private readonly held = new Set<string>();
  private death = "";
  /** The population and the place of the agent that died. */
  private grave: WorldEvent | null = null;
  private next: number | null = null;
  private readonly title = h("strong", { role: "status" });
  private readonly note = h("p", { class: "note", role: "status" });
  /** Its levels, where there are any. */
  private readonly standing = h("p", { class: "note standing" });
  /** What it is to do, where there are quests. */
  private readonly errand = h("p", { class: "note errand" });
  private readonly tools = h("div", { class: "tools" });
  private readonly styles = h("div", { class: "styles", role: "group", "aria-label": "Style" });
  private readonly deals = new Deals(
    order => this.order(order),
    why => setText(this.note, `It cannot do that now: ${why}.`),
  );
  /** What it says with each order. */
  private readonly word = h("select", {
    "aria-label": "Word",
    title: "The word that it says with each order, to those of its population who see it",
  });
  private readonly strikes: HTMLButtonElement;
  private readonly waiting: HTMLButtonElement;
  private readonly again: HTMLButtonElement;
  private readonly leaves: HTMLButtonElement;

  constructor(private readonly state: State) {
    const button = (text: string, title: string, click: () => void, more = "") =>
      h("button", { type: "button", title, class: more, click }, text);
    this.take = button("Take this agent", "Play it by hand (G)", () => this.toggle(), "take");
    this.strikes = button("Strike", "Strike the weakest in reach (R)", () => this.strike(null));
    this.waiting = button("The world waits", "Whether the world waits for you (V)", () =>
      this.wait(!this.waits),
    );
    this.leaves = button("Give it back", "Give it back to its network (Esc)", () => this.leave());
    this.again = button("", "Play on with the nearest of its population", () => {
      if (this.next !== null) this.sit(this.next);
    });
    const pad = PAD.map(([code, mark, way]) =>
      h(
        "button",
        {
          type: "button",
          class: `way ${way}`,
          "aria-label": code === "" ? "Stay (X)" : `Move ${way}`,
          click: () => this.go(code === "" ? null : WAYS[code]),
        },
        mark,
      ),
    );
    this.tools.append(
      h("div", { class: "pad", role: "group", "aria-label": "Move" }, ...pad),
      h("div", { class: "choices" }, this.styles, this.strikes, this.word, this.waiting),
    );
    this.element = h(
      "section",
      { class: "panel seat", "aria-label": "The agent that you play" },
      h("div", { class: "head" }, this.title, this.again, this.leaves),
      this.standing,
      this.errand,
      this.tools,
      this.deals.element,
      this.note,
    );
    this.element.hidden = true;
    // Before the camera's own keys: while an agent is played they are its.
    window.addEventListener("keydown", event => this.down(event), { capture: true });
    window.addEventListener("keyup", ({ code }) => this.held.delete(code));
    window.addEventListener("blur", () => this.held.clear());
  }

  /** Keys that are listed with all others. */
  keys(): Key[] {
    const key = (keys: string, shown: string, about: string, press: () => void): Key => ({
      keys: [keys.toLowerCase(), keys],
      shown,
      about,
      press: () => this.playing && press(),
    });
    const take = { ...key("G", "G", "play the agent, give it back", () => {}) };
    take.press = () => this.toggle();
    return [
      take,
      key("X", "W A S D, X", "playing: move, stay", () => this.go(null)),
      key("R", "R, click", "playing: strike", () => this.strike(null)),
      key("1", "1 2 3", "playing: style, again: strongest", () => this.choose(0)),
      key("Z", "Z", "playing: the next click on an item destroys it", () => this.deals.toggle()),
      key("V", "V", "playing: the world waits or not", () => this.wait(!this.waits)),
    ];
  }

  private get playing(): boolean {
    return this.told.own >= 0;
  }

  begin(setup: Setup): void {
    this.hear(NOBODY);
    this.death = "";
    this.style = null;
    const names = setup.combat ? setup.styleNames : [];
    this.styles.replaceChildren(
      ...names.map((name, style) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            title: `Strike with ${name} (${style + 1}); again: with the strongest that reaches`,
            click: () => this.choose(style),
          },
          name,
        ),
      ),
    );
    this.strikes.hidden = names.length === 0;
    this.speak(setup);
    this.deals.begin(setup);
  }

  /** Offer the words that there are. */
  private speak({ words }: Setup): void {
    this.word.hidden = words === undefined;
    const numbers = Array.from({ length: words ?? 0 }, (_, k) => k + 1);
    this.word.replaceChildren(
      h("option", { value: "0" }, "says nothing"),
      ...numbers.map(number => h("option", { value: String(number) }, `says word ${number}`)),
    );
  }

  /** Take in who plays. */
  hear(told: Seats): void {
    const before = this.told.own;
    this.told = told;
    this.state.played = this.playing ? told.own : null;
    if (told.own === before) return;
    this.ordered = REST;
    this.held.clear();
    setText(this.note, "");
    if (this.playing) {
      this.death = "";
      this.waits = told.waits;
      this.state.visit(told.own);
      this.state.follow(true);
    }
  }

  /** Take in the newest tick: orders are carried out, and the agent may have died. */
  arrive(events: WorldEvent[]): void {
    if (!this.playing) return;
    this.ordered = REST;
    const end = events.find(({ id, cause }) => id === this.told.own && cause > 0);
    if (end !== undefined) this.mourn(end);
    else if (!this.told.waits && this.held.size > 0) this.go(WAYS[[...this.held].at(-1) ?? ""]);
  }

  private mourn(end: WorldEvent): void {
    const { id, age, cause, other: killer } = end;
    const { setup } = this.state;
    const name = setup?.causeNames[cause] ?? "dead";
    const agent = isNpc(killer) ? "" : "agent ";
    const by = killer === -1 || setup === null ? "" : ` by ${agent}${slayer(end, setup)}`;
    this.death = `Your agent ${id} died at age ${age}: ${name}${by}.`;
    this.grave = end;
  }

  /** The nearest of its population that nobody plays. */
  private heir({ population, row, col }: WorldEvent): number | null {
    const agents = this.state.tick?.agents;
    let [nearest, found]: [number, number | null] = [Infinity, null];
    for (let k = 0; agents !== undefined && k < agents.n; k++) {
      const away = Math.hypot(agents.row[k] - row, agents.col[k] - col);
      if (agents.population[k] !== population || away >= nearest) continue;
      if (!this.told.played.includes(agents.id[k])) [nearest, found] = [away, agents.id[k]];
    }
    return found;
  }

  /** Whether an agent lives in the newest tick. */
  private lives(id: number | null): boolean {
    const agents = this.state.playback.history.now()?.agents;
    if (id === null || !agents) return false;
    return agents.id.subarray(0, agents.n).includes(id);
  }

  /** Take the selected agent; without one that lives, give back the one that is played. */
  private toggle(): void {
    const { selected } = this.state;
    const other = selected !== null && selected !== this.told.own && this.lives(selected);
    if (other) this.sit(selected);
    else if (this.playing) this.leave();
  }

  private sit(id: number): void {
    if (!this.state.setup?.playable) return;
    if (this.state.playback.mode !== "live") this.state.playback.live();
    this.state.source.send({ type: "seat", id, waits: this.waits ? 1 : 0 });
  }

  private leave(): void {
    this.death = "";
    if (this.playing) this.state.source.send({ type: "seat", id: -1, waits: 0 });
  }

  private wait(waits: boolean): void {
    this.waits = waits;
    if (this.playing) this.sit(this.told.own);
  }

  private choose(style: number): void {
    this.style = this.style === style ? null : style;
  }

  /** What the agent sees and may do, if it is known. */
  private seen(): Inspection | null {
    return this.playing ? this.state.thoughts.last(this.told.own) : null;
  }

  /** Whether it can stay, and go east, south, west, north; null: nobody is played, or not yet. */
  get moves(): boolean[] | null {
    return this.seen()?.sight.canMove ?? null;
  }

  /** Order a move to a side of the screen; null: stay. */
  private go(way: [number, number] | null | undefined): void {
    if (!this.playing || way === undefined) return;
    const move = way === null ? 0 : moveTo(way, this.state.world.view().azimuth);
    const can = this.seen()?.sight.canMove;
    if (can?.[move] === false) {
      const frozen = can.filter(may => may).length === 1;
      setText(
        this.note,
        frozen ? "It cannot move now: let it stay (X)." : `It cannot go ${MOVES[move]} from here.`,
      );
      return;
    }
    this.order({ move, style: -1, target: -1 });
  }

  /** Strike an agent, or the weakest in reach (null); says whether there is one to be struck. */
  strike(target: number | null): boolean {
    const sight = this.seen()?.sight;
    if (sight === undefined || target === this.told.own) return false;
    const reached = targets(sight, null);
    if (target !== null && !reached.includes(target)) return false;
    const aim = target ?? targets(sight, this.style)[0] ?? -1;
    const style = styleFor(sight, aim, this.style, this.state.setup?.damage ?? []);
    if (style < 0) {
      const name = this.state.setup?.styleNames[this.style ?? 0] ?? "";
      const { setup, tick } = this.state;
      const known = target !== null && setup !== null && tick !== null;
      const whom = known ? nameOf(setup, tick, target) : "anybody";
      setText(
        this.note,
        this.style === null ? "Nobody is in reach." : `${name} does not reach ${whom}.`,
      );
      return true;
    }
    this.order({ style, target: target ?? -1 });
    return true;
  }

  /** Order more for the next tick, or something else. */
  private order(more: Partial<Order>): void {
    const { playback, source } = this.state;
    if (playback.mode !== "live") playback.live();
    if (!this.state.following || this.state.selected !== this.told.own) {
      this.state.select(this.told.own);
      this.state.follow(true);
    }
    this.ordered = { ...this.ordered, ...more, word: Number(this.word.value) };
    setText(this.note, "");
    source.send({ type: "act", ...this.ordered });
  }

  private down(event: KeyboardEvent): void {
    if (!this.playing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (takesKey(event.target, event.key) || document.querySelector("dialog[open]")) return;
    const style = ["1", "2", "3"].indexOf(event.key);
    if (event.code in WAYS) {
      if (!event.repeat) this.held.add(event.code);
      if (this.told.waits ? !event.repeat || this.isAwaited() : !event.repeat) {
        this.go(WAYS[event.code]);
      }
    } else if (event.key === "Escape") this.leave();
    else if (style >= 0 && this.state.setup?.combat) this.choose(style);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  private isAwaited(): boolean {
    return this.told.awaited.includes(this.told.own);
  }

  update(): void {
    const { own, played, awaited, elsewhere } = this.told;
    const { selected, setup, world } = this.state;
    const others = [
      ...awaited.filter(id => id !== own).map(id => `agent ${id}`),
      ...elsewhere.map(realm => `an agent of realm ${realm}`),
    ];
    this.element.hidden = !this.playing && this.death === "" && others.length === 0;
    this.tools.hidden = !this.playing;
    this.carry();
    this.leaves.hidden = !this.playing && this.death === "";
    setText(this.leaves, this.playing ? "Give it back" : "Close");
    this.next = this.death === "" || this.grave === null ? null : this.heir(this.grave);
    this.again.hidden = this.playing || this.death === "" || this.next === null;
    setText(this.again, `Take agent ${this.next}`);
    setText(this.title, this.headline(others));
    setText(this.standing, this.ofOwn(levels));
    setText(this.errand, this.ofOwn(quest));
    this.element.classList.toggle("due", this.isAwaited());
    this.waiting.setAttribute("aria-pressed", String(this.waits));
    setText(this.waiting, this.waits ? "The world waits" : "In real time: no order, it rests");
    for (const [k, chip] of [...this.styles.children].entries()) {
      chip.setAttribute("aria-pressed", String(this.style === k));
    }
    const mine = this.playing && selected === own;
    this.take.hidden = !setup?.playable || !(mine || this.lives(selected));
    this.take.disabled = selected !== own && played.includes(selected ?? -1);
    setText(
      this.take,
      mine ? "Give it back" : this.take.disabled ? "Somebody plays it" : "Take this agent",
    );
    const seen = this.seen()?.sight;
    world.play(
      seen === undefined
        ? null
        : {
            id: own,
            moves: seen.canMove,
            targets: targets(seen, this.style),
            move: this.ordered.move,
          },
    );
  }

  /** Show what the agent that is played carries in the newest tick. */
  private carry(): void {
    const agents = this.state.playback.history.now()?.agents;
    const k = agents?.id.subarray(0, agents.n).indexOf(this.told.own) ?? -1;
    const lives = agents?.bags !== undefined && this.playing && k >= 0;
    this.deals.element.hidden = !lives;
    if (lives) this.deals.update(agents, k, this.seen()?.sight);
  }

  /** Say something of the agent that is played; empty: there is nothing to say. */
  private ofOwn(say: (setup: Setup, agents: Agents, k: number) => string): string {
    const { setup, tick } = this.state;
    const k = tick?.agents.id.subarray(0, tick.agents.n).indexOf(this.told.own) ?? -1;
    return setup === null || tick === null || k < 0 ? "" : say(setup, tick.agents, k);
  }

  private headline(others: string[]): string {
    const awaited = others.join(", ");
    if (!this.playing) return this.death || `The world waits for the player of ${awaited}.`;
    const title = `You play agent ${this.told.own}`;
    if (this.isAwaited()) return `${title}: your turn`;
    return others.length > 0 ? `${title}: waiting for ${awaited}` : title;
  }
}
