// The kinds of events: what they are called, how they are drawn and grouped, and which are usual.
import type { Setup } from "../net/types";
import type { Icon } from "./dom";

export const GROUPS = ["Life", "Fights", "Growth", "Items", "Market"] as const;
export type Group = (typeof GROUPS)[number];

export interface Kind {
  title: string;
  icon: Icon;
  group: Group;
  /** Whether it is shown until somebody chooses otherwise: what is rare, and tells a story. */
  usual: boolean;
  /** What a world must have for such events, besides the rows that tell of them. */
  of?: "combat" | "npcs" | "quests";
  /** The rows that tell of them: names of Setup.happenings. */
  rows?: string[];
}

const kind = (
  group: Group,
  title: string,
  icon: Icon,
  usual: boolean,
  more: Pick<Kind, "of" | "rows"> = {},
): Kind => ({ title, icon, group, usual, ...more });

/** A kill is of an agent, by an agent or an NPC; a hunt is of an NPC. */
export const KINDS = {
  birth: kind("Life", "Births", "birth", false),
  death: kind("Life", "Deaths", "skull", true),
  record: kind("Life", "Records", "trophy", true),
  eat: kind("Life", "Meals", "leaf", false, { rows: ["eat"] }),
  drink: kind("Life", "Drinks", "drop", false, { rows: ["drink"] }),
  kill: kind("Fights", "Kills", "sword", true, { of: "combat" }),
  hunt: kind("Fights", "Hunts", "target", true, { of: "npcs" }),
  hit: kind("Fights", "Hits", "burst", false, { of: "combat" }),
  shot: kind("Fights", "Shots", "arrow", false, { rows: ["shoot"] }),
  quest: kind("Growth", "Quests", "flag", true, { of: "quests" }),
  level: kind("Growth", "Levels", "rise", true, { rows: ["level_up"] }),
  loot: kind("Items", "Loot", "sack", true, { rows: ["loot"] }),
  harvest: kind("Items", "Harvests", "pick", false, { rows: ["harvest"] }),
  equip: kind("Items", "Put on", "shield", false, { rows: ["equip"] }),
  undress: kind("Items", "Taken off", "unshield", false, { rows: ["take_off"] }),
  consume: kind("Items", "Consumed", "cup", false, { rows: ["consume"] }),
  destroy: kind("Items", "Destroyed", "bin", true, { rows: ["destroy"] }),
  sale: kind("Market", "Sales", "swap", true, { rows: ["sell"] }),
  offer: kind("Market", "Offers", "tag", false, { rows: ["offer"] }),
  gift: kind("Market", "Gifts", "gift", true, { rows: ["give", "give_gold"] }),
  gold: kind("Market", "Gold found", "coin", false, { rows: ["find_gold"] }),
} satisfies Record<string, Kind>;

export type EventKind = keyof typeof KINDS;
export const EVENT_KINDS = Object.keys(KINDS) as EventKind[];

/** How many events of each kind there are: none. */
export function noEvents(): Record<EventKind, number> {
  return Object.fromEntries(EVENT_KINDS.map(name => [name, 0])) as Record<EventKind, number>;
}

/** The kinds of a group; of all groups, if none is named. */
export function kindsOf(group?: Group): EventKind[] {
  return EVENT_KINDS.filter(name => group === undefined || KINDS[name].group === group);
}

/** Whether there can be such events in a world. */
export function isIn(setup: Setup, name: EventKind): boolean {
  const { of, rows }: Kind = KINDS[name];
  if (rows !== undefined) return rows.some(row => setup.happenings.includes(row));
  return of === undefined || (of === "combat" ? setup.combat : setup[of] !== undefined);
}

/** The kind of the events that rows of each code tell of; undefined: of none. */
export function kindsByCode({ happenings }: Setup): (EventKind | undefined)[] {
  return happenings.map(row =>
    EVENT_KINDS.find(name => row !== "" && (KINDS[name] as Kind).rows?.includes(row)),
  );
}

/** Which kinds of events are shown. */
export class Choice {
  private readonly chosen = new Set<EventKind>(EVENT_KINDS.filter(name => KINDS[name].usual));
  /** Those that the world has; none are known before there is one. */
  private kinds: EventKind[] = [];

  begin(setup: Setup): void {
    this.kinds = EVENT_KINDS.filter(name => isIn(setup, name));
  }

  has(name: EventKind): boolean {
    return this.chosen.has(name);
  }

  toggle(name: EventKind): void {
    if (!this.chosen.delete(name)) this.chosen.add(name);
  }

  /** Show a kind alone; if it is alone already, the usual ones. */
  solo(name: EventKind): void {
    const alone = this.has(name) && this.kinds.every(other => other === name || !this.has(other));
    if (alone) this.usual();
    else this.set(kindsOf(), other => other === name);
  }

  usual(): void {
    this.set(kindsOf(), name => KINDS[name].usual);
  }

  all(): void {
    this.set(kindsOf(), () => true);
  }

  /** How much of a group is shown; null: the world has none of it. */
  shows(group: Group): "none" | "some" | "all" | null {
    const kinds = this.kinds.filter(name => KINDS[name].group === group);
    const shown = kinds.filter(name => this.has(name)).length;
    if (kinds.length === 0) return null;
    return shown === 0 ? "none" : shown === kinds.length ? "all" : "some";
  }

  /** Leave a group out; if it is, show what is usual of it, or all of it if nothing is. */
  toggleGroup(group: Group): void {
    const shown = this.shows(group) !== "none";
    const kinds = kindsOf(group);
    const usual = this.kinds.some(name => KINDS[name].group === group && KINDS[name].usual);
    this.set(kinds, name => !shown && (KINDS[name].usual || !usual));
  }

  private set(kinds: EventKind[], shown: (name: EventKind) => boolean): void {
    for (const name of kinds) {
      if (shown(name)) this.chosen.add(name);
      else this.chosen.delete(name);
    }
  }
}
