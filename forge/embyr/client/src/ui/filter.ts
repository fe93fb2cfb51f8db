// The choice of what the feed tells: by group at one click, or kind by kind.
import type { Setup } from "../net/types";
import { h, icon, setText } from "./dom";
import {
  type Choice,
  EVENT_KINDS,
  type EventKind,
  GROUPS,
  type Group,
  isIn,
  KINDS,
  kindsOf,
  noEvents,
} from "./kinds";
import { short } from "./populations";

const PRESSED = { none: "false", some: "mixed", all: "true" } as const;

export class Filter {
  readonly element = h("div", { class: "filter" });
  /** The button that opens the list of kinds. */
  opener: HTMLElement | null = null;
  private readonly groups = h("div", {
    class: "chips",
    role: "group",
    "aria-label": "What is told",
  });
  private readonly kinds = h("div", { class: "kinds", hidden: true });
  private readonly counts = new Map<EventKind, HTMLElement>();
  private readonly total = noEvents();
  private readonly buttons = new Map<string, HTMLElement>();
  private readonly headings = new Map<Group, HTMLElement>();

  constructor(
    private readonly choice: Choice,
    private readonly changed: () => void,
  ) {
    for (const group of GROUPS) {
      const about = kindsOf(group)
        .map(name => KINDS[name].title.toLowerCase())
        .join(", ");
      const press = () => this.change(() => choice.toggleGroup(group));
      const chip = h(
        "button",
        { type: "button", class: "chip", title: about, click: press },
        group,
      );
      this.buttons.set(group, chip);
      this.groups.append(chip);
    }
    for (const group of GROUPS) {
      const heading = h("h3", {}, group);
      this.headings.set(group, heading);
      this.kinds.append(heading, ...kindsOf(group).map(name => this.row(name)));
    }
    const chip = (text: string, title: string, press: () => void) =>
      h("button", { type: "button", class: "chip", title, click: () => this.change(press) }, text);
    this.kinds.append(
      h(
        "div",
        { class: "chips" },
        chip("usual", "What is rare, and tells a story", () => choice.usual()),
        chip("all", "All that happens", () => choice.all()),
      ),
    );
    this.element.append(this.groups, this.kinds);
  }

  private row(name: EventKind): HTMLElement {
    const { title, icon: drawing } = KINDS[name];
    const count = h("span", { class: "number" });
    this.counts.set(name, count);
    const button = h(
      "button",
      {
        type: "button",
        class: "kind",
        hidden: true,
        "aria-label": title,
        title: `${title}; double-click shows them alone`,
        click: () => this.change(() => this.choice.toggle(name)),
        dblclick: () => this.change(() => this.choice.solo(name)),
      },
      icon(drawing),
      title,
      count,
    );
    this.buttons.set(name, button);
    return button;
  }

  private change(how: () => void): void {
    how();
    this.changed();
  }

  begin(setup: Setup): void {
    Object.assign(this.total, noEvents());
    for (const name of EVENT_KINDS)
      (this.buttons.get(name) as HTMLElement).hidden = !isIn(setup, name);
    this.update();
  }

  /** Open the list of kinds, or close it. */
  toggle(): void {
    this.kinds.hidden = !this.kinds.hidden;
    this.element.classList.toggle("open", !this.kinds.hidden);
    this.changed();
  }

  /** Take in how many events there were of each kind. */
  count(counts: Record<EventKind, number>): void {
    for (const name of EVENT_KINDS) this.total[name] += counts[name];
  }

  update(): void {
    this.opener?.setAttribute("aria-pressed", String(!this.kinds.hidden));
    for (const group of GROUPS) {
      const chip = this.buttons.get(group) as HTMLElement;
      const shown = this.choice.shows(group);
      chip.hidden = (this.headings.get(group) as HTMLElement).hidden = shown === null;
      chip.setAttribute("aria-pressed", PRESSED[shown ?? "none"]);
    }
    // One group alone would leave out all.
    this.groups.hidden = GROUPS.filter(group => this.choice.shows(group) !== null).length < 2;
    if (this.kinds.hidden) return;
    for (const name of EVENT_KINDS) {
      this.buttons.get(name)?.setAttribute("aria-pressed", String(this.choice.has(name)));
      setText(this.counts.get(name) as HTMLElement, short(this.total[name]));
    }
  }
}
