// The feed of events: what happened, newest first; a click goes there.
import type { Setup } from "../net/types";
import { type EventKind, noEvents, type WorldEvent } from "./chronicle";
import { h, type Icon, icon, panel } from "./dom";
import { harvested } from "./harvests";
import { named } from "./items";
import { isNpc, npcName } from "./npcs";
import type { Panel, State } from "./state";

const KEPT = 150;
/** Most events of one tick that are listed, so that crowded worlds can be read. */
const A_TICK = 8;

interface Kind {
  title: string;
  icon: Icon;
  on: boolean;
  /** What a world must have for such events. */
  of?: "npcs" | "skills" | "items" | "professions" | "market";
}

const KINDS: Record<EventKind, Kind> = {
  kill: { title: "Kills", icon: "sword", on: true },
  hunt: { title: "Hunts", icon: "target", on: true, of: "npcs" },
  death: { title: "Deaths", icon: "skull", on: true },
  birth: { title: "Births", icon: "birth", on: false },
  record: { title: "Records", icon: "trophy", on: true },
  level: { title: "Levels", icon: "rise", on: true, of: "skills" },
  item: { title: "Items", icon: "sack", on: true, of: "items" },
  harvest: { title: "Harvests", icon: "pick", on: false, of: "professions" },
  trade: { title: "Trades", icon: "swap", on: true, of: "market" },
};

/** Pieces that one event names; more are counted. */
const NAMED = 2;

function npcIn({ npc }: WorldEvent, setup: Setup): string {
  return npc === null ? "an NPC" : `a ${npcName(setup, npc.kind, npc.level)}`;
}

function learnedIn({ learned }: WorldEvent, { skills }: Setup): string {
  return learned === null ? "" : `${skills?.names[learned.skill]} level ${learned.level}`;
}

/** Say what was done with items: "takes a level-4 hat, level-3 gloves and 2 more from 33". */
function doneIn({ deed }: WorldEvent, { items }: Setup): string {
  if (deed === null || items === undefined) return "";
  const { verb, pieces, from } = deed;
  const names = pieces.slice(0, NAMED).map(piece => {
    const name = named(items, piece);
    // "a hat", but "gloves" and "12 arrows".
    return name.endsWith("s") ? name : `a ${name}`;
  });
  if (pieces.length > NAMED) names.push(`${pieces.length - NAMED} more`);
  const last = names.pop();
  const list = names.length === 0 ? last : `${names.join(", ")} and ${last}`;
  return `${verb} ${list}${from < 0 ? "" : ` from ${from}`}`;
}

/** Say what was traded: "buys a level-2 hat for 4 gold". */
function tradeIn({ trade }: WorldEvent, { items }: Setup): string {
  if (trade === null || items === undefined) return "";
  const { verb, gold, piece, pieces } = trade;
  if (verb === "gives") return gold > 0 ? `gives ${gold} gold away` : "gives an item away";
  if (verb === "sells")
    return `sells ${pieces === 1 ? "an item" : `${pieces} items`} for ${gold} gold`;
  const name = piece === null ? "an item" : named(items, { ...piece, quantity: 1 });
  return `buys ${piece === null || name.endsWith("s") ? name : `a ${name}`} for ${gold} gold`;
}

/** Name who slew an agent. */
export function slayer(event: WorldEvent, setup: Setup): string {
  return isNpc(event.killer) ? npcIn(event, setup) : String(event.killer);
}

/** Say in words what happened. */
export function sentence(event: WorldEvent, setup: Setup): string {
  switch (event.kind) {
    case "birth":
      return `${event.id} is born`;
    case "kill":
      return `${slayer(event, setup)} slays ${event.id}, aged ${event.age}`;
    case "hunt":
      return `${event.killer} slays ${npcIn(event, setup)}`;
    case "record":
      return `${event.id} lived longest so far: ${event.age}`;
    case "level":
      return `${event.id} reaches ${learnedIn(event, setup)}`;
    case "item":
      return `${event.id} ${doneIn(event, setup)}`;
    case "harvest":
      return `${event.id} ${event.harvest === null ? "" : harvested(setup, event.harvest)}`;
    case "trade":
      return `${event.id} ${tradeIn(event, setup)}`;
    default:
      return `${event.id} dies (${setup.causeNames[event.cause] ?? "unknown"}), aged ${event.age}`;
  }
}

export class Feed implements Panel {
  readonly element: HTMLElement;
  private readonly list = h("ol", { class: "events", tabindex: "0", "aria-label": "Events" });
  private readonly chosen = new Set<EventKind>();
  private events: WorldEvent[] = [];
  private dirty = false;
  /** Filters that only some worlds have. */
  private readonly special: { button: HTMLElement; of: NonNullable<Kind["of"]> }[] = [];

  constructor(private readonly state: State) {
    const filters = Object.entries(KINDS).map(([name, { title, icon: drawing, on, of }]) => {
      const kind = name as EventKind;
      if (on) this.chosen.add(kind);
      const button = h(
        "button",
        { type: "button", class: "chip", "aria-pressed": String(on), title },
        icon(drawing),
        title,
      );
      if (of !== undefined) this.special.push({ button, of });
      button.addEventListener("click", () => {
        if (!this.chosen.delete(kind)) this.chosen.add(kind);
        button.setAttribute("aria-pressed", String(this.chosen.has(kind)));
        this.dirty = true;
        this.update();
      });
      return button;
    });
    this.element = panel("feed", "Events", h("div", { class: "chips" }, ...filters), this.list);
  }

  begin(setup: Setup): void {
    for (const { button, of } of this.special) button.hidden = setup[of] === undefined;
    this.events = [];
    this.dirty = true;
  }

  /** Take in the newest tick's events. */
  add(events: WorldEvent[]): void {
    if (events.length === 0) return;
    const most = noEvents();
    for (const event of events) {
      if (most[event.kind]++ < A_TICK) this.events.push(event);
    }
    if (this.events.length > KEPT * 4) this.events = this.events.slice(-KEPT * 3);
    this.dirty = true;
  }

  update(): void {
    const { setup } = this.state;
    if (!this.dirty || setup === null || this.list.clientHeight === 0) return;
    this.dirty = false;
    const shown = this.events
      .filter(event => this.chosen.has(event.kind) && !this.state.hidden.has(event.population))
      .slice(-KEPT)
      .reverse();
    // Rows stay the same elements, so that a focused one is not lost.
    while (this.list.children.length > shown.length) this.list.lastElementChild?.remove();
    while (this.list.children.length < shown.length) this.list.append(this.row());
    for (const [k, event] of shown.entries()) this.fill(this.list.children[k], event, setup);
  }

  private row(): HTMLElement {
    const press = (event: Event) => this.jump(event.currentTarget as HTMLElement);
    return h("li", {}, h("button", { type: "button", click: press }));
  }

  private fill(row: Element, event: WorldEvent, setup: Setup): void {
    const what =
      event.learned?.skill ?? event.deed?.verb ?? event.harvest?.resource ?? event.trade?.verb;
    const key = `${event.kind} ${event.tick} ${event.id} ${what}`;
    const button = row.firstElementChild as HTMLElement;
    if (button.dataset.key === key) return;
    button.dataset.key = key;
    const color = setup.populations[event.population].color;
    button.dataset.tick = String(event.tick);
    button.dataset.id = String(event.id);
    button.dataset.row = String(event.row);
    button.dataset.col = String(event.col);
    button.className = event.kind;
    button.replaceChildren(
      icon(KINDS[event.kind].icon),
      h("b", { class: "dot", style: `--own:${color}` }),
      h("span", {}, sentence(event, setup)),
      h("time", {}, String(event.tick)),
    );
  }

  private jump(button: HTMLElement): void {
    const number = (name: string) => Number(button.dataset[name]);
    const { playback } = this.state;
    // The tick before, so that what happened is seen to happen.
    playback.seekTick(number("tick") - 1);
    this.state.select(number("id"));
    this.state.look(number("row"), number("col"));
  }
}
