// The feed of events: what happened, newest first; a click goes there, or to somebody in it.
import { goToEvent, isKept } from "../address";
import type { Setup } from "../net/types";
import { A_TICK, type WorldEvent } from "./chronicle";
import { h, icon, iconButton, panel, setText } from "./dom";
import { Filter } from "./filter";
import { Choice, EVENT_KINDS, type EventKind, KINDS, noEvents } from "./kinds";
import { numbered } from "./npcs";
import { type Part, parts, sentence } from "./sentences";
import type { Panel, State } from "./state";

/** Events that are listed, and of each kind kept; of a recording all are kept. */
const KEPT = 150;

export class Feed implements Panel {
  readonly element: HTMLElement;
  private readonly list = h("ol", { class: "events", tabindex: "0", "aria-label": "Events" });
  private readonly choice = new Choice();
  private readonly filter = new Filter(this.choice, () => this.refresh());
  /** Leaves out what the selected agent takes no part in. */
  private readonly only = h("button", { type: "button", class: "chip only" });
  private readonly none = h("p", { class: "none" });
  private events = new Map<EventKind, WorldEvent[]>();
  /** What one agent or NPC took part in, where nothing else is shown. */
  private own: { id: number; events: WorldEvent[] } | null = null;
  private dirty = false;
  /** The last tick whose events are listed. */
  private told = Number.POSITIVE_INFINITY;

  constructor(private readonly state: State) {
    this.only.addEventListener("click", () => {
      this.own = this.own === null ? { id: -1, events: [] } : null;
      this.refresh();
    });
    this.element = panel("feed", "Events", this.filter.element, this.none, this.list);
    const opener = iconButton("sliders", "Choose what is told", () => this.filter.toggle());
    this.filter.opener = opener;
    const heading = this.element.firstElementChild as HTMLElement;
    const head = h("div", { class: "head" }, this.only, opener);
    heading.replaceWith(head);
    head.prepend(heading);
  }

  begin(setup: Setup): void {
    this.choice.begin(setup);
    this.filter.begin(setup);
    this.events = new Map(EVENT_KINDS.map(kind => [kind, []]));
    this.own = null;
    this.dirty = true;
  }

  /** Take in the newest tick's events, and how many there were of each kind. */
  add(events: WorldEvent[], counts: Record<EventKind, number>): void {
    this.filter.count(counts);
    if (events.length === 0) return;
    const most = noEvents();
    for (const event of events) {
      // In crowded worlds there are more of them than can be read.
      if (most[event.kind]++ >= A_TICK) continue;
      const kept = this.events.get(event.kind) as WorldEvent[];
      kept.push(event);
      if (kept.length > 2 * KEPT && !this.state.source.recorded) kept.splice(0, KEPT);
    }
    const { history, chronicle } = this.state.playback;
    if (this.own !== null && chronicle !== null && history.length > 0) {
      const { id, events: own } = this.own;
      own.push(...chronicle.about(history, history.length - 1, id));
      if (own.length > 4 * KEPT && !this.state.source.recorded) own.splice(0, 2 * KEPT);
    }
    this.dirty = true;
  }

  private refresh(): void {
    this.dirty = true;
    this.update();
  }

  update(): void {
    const { setup, selected } = this.state;
    this.only.hidden = selected === null;
    if (selected === null) this.dirty ||= this.own !== null;
    if (selected === null) this.own = null;
    setText(this.only, `only ${numbered(selected ?? -1)}`);
    this.only.setAttribute("aria-pressed", String(this.own !== null));
    if (this.own !== null && selected !== null && this.own.id !== selected) this.look(selected);
    this.filter.update();
    this.fade();
    if (this.upTo() !== this.told) this.dirty = true;
    this.told = this.upTo();
    if (!this.dirty || setup === null || this.list.clientHeight === 0) return;
    this.dirty = false;
    const shown = this.shown();
    this.none.hidden = shown.length > 0;
    setText(this.none, this.own === null ? "Nothing yet." : "It took part in nothing of this yet.");
    // Rows stay the same elements, so that a focused one is not lost.
    while (this.list.children.length > shown.length) this.list.lastElementChild?.remove();
    while (this.list.children.length < shown.length) this.list.append(h("li", {}));
    for (const [k, event] of shown.entries()) this.fill(this.list.children[k], event, setup);
    this.fade();
  }

  /** Grey out what happened before the oldest tick that is kept. */
  private fade(): void {
    const { history } = this.state.playback;
    for (const row of this.list.children) {
      const tick = Number((row as HTMLElement).dataset.tick);
      row.classList.toggle("gone", !isKept(history, tick));
    }
  }

  /** Find all that an agent or NPC took part in, as far as ticks are kept. */
  private look(id: number): void {
    const { history, chronicle } = this.state.playback;
    const events: WorldEvent[] = [];
    for (let k = 0; chronicle !== null && k < history.length; k++) {
      events.push(...chronicle.about(history, k, id));
    }
    this.own = { id, events };
    this.dirty = true;
  }

  /** Of a recording nothing is told before it is seen. */
  private upTo(): number {
    const { source, tick } = this.state;
    return source.recorded ? (tick?.tick ?? -1) : Number.POSITIVE_INFINITY;
  }

  /** The events that are listed, the newest first. */
  private shown(): WorldEvent[] {
    const { hidden } = this.state;
    const upTo = this.upTo();
    const all = this.own?.events ?? EVENT_KINDS.flatMap(kind => this.events.get(kind) ?? []);
    return all
      .filter(({ tick }) => tick <= upTo)
      .filter(({ kind, population }) => this.choice.has(kind) && !hidden.has(population))
      .sort((a, b) => a.tick - b.tick)
      .slice(-KEPT)
      .reverse();
  }

  private fill(row: Element, event: WorldEvent, setup: Setup): void {
    const said = sentence(event, setup);
    const key = `${event.kind} ${event.tick} ${said}`;
    const item = row as HTMLElement;
    if (item.dataset.key === key) return;
    item.dataset.key = key;
    item.dataset.tick = String(event.tick);
    item.className = event.kind;
    item.title = said;
    const { color } = setup.populations[event.population];
    const jump = h(
      "button",
      { type: "button", class: "jump", "aria-label": `${said}, tick ${event.tick}` },
      h("time", {}, String(event.tick)),
    );
    jump.addEventListener("click", () => this.jump(event, event.id));
    item.replaceChildren(
      icon(KINDS[event.kind].icon),
      h("b", { class: "dot", style: `--own:${color}` }),
      h("span", {}, ...parts(event, setup).flatMap(part => this.part(part, event))),
      jump,
    );
  }

  /** Words; who is named in them can be clicked. */
  private part(part: Part, event: WorldEvent): (Node | string)[] {
    if (typeof part === "string") {
      // No line ends within "level-3" or "level 3".
      return part
        .split(/(level[- ]\d+)/)
        .map((text, k) => (k % 2 === 0 ? text : h("em", {}, text)));
    }
    const { id, name } = part;
    const title = `Select ${name}`;
    const press = () => this.jump(event, id);
    return [h("button", { type: "button", class: "who", title, click: press }, name)];
  }

  private jump({ tick, row, col }: WorldEvent, id: number): void {
    this.state.say(goToEvent(this.state.playback, tick) ?? "");
    this.state.select(id);
    this.state.look(row, col);
  }
}
