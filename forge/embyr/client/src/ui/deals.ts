// What somebody who plays an agent can do with its items: use what is in a place, or destroy it.
import { piecesOf } from "../net/items";
import type { Agents, Order, Setup, Sight } from "../net/types";
import { Bargains } from "./bargains";
import { h } from "./dom";
import { Inventory } from "./items";

/** The number of a deal; places begin with 0. */
export function dealWith(places: number, place: number, destroys: boolean): number {
  return 1 + place + (destroys ? places : 0);
}

/** Say why a deal cannot be made; empty: it can, or nothing is known of it. */
export function obstacle(sight: Sight | undefined, deal: number, inCombat: boolean): string {
  if (sight?.canDeal === undefined || sight.canDeal[deal]) return "";
  return inCombat ? "not in combat" : "its level is too low";
}

/** The inventory of the agent that is played: a click uses what is in a place. */
export class Deals {
  readonly element: HTMLElement;
  private readonly inventory: Inventory;
  private readonly destroying: HTMLButtonElement;
  private readonly bargains: Bargains;
  /** Whether the next click destroys. */
  private destroys = false;
  private setup: Setup | null = null;
  private sight: Sight | undefined;
  private inCombat = false;
  private readonly filled = new Set<number>();

  /** `order` makes a deal or a trade; `refuse` says why it cannot be made. */
  constructor(
    private readonly order: (order: Partial<Order>) => void,
    private readonly refuse: (why: string) => void,
  ) {
    this.inventory = new Inventory((place, event) => this.press(place, event));
    this.destroying = h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-pressed": "false",
        title: "Destroy what is clicked next (Z, or shift and click)",
        click: () => this.toggle(),
      },
      "Destroy",
    );
    this.bargains = new Bargains(order, refuse);
    this.element = h(
      "div",
      { class: "deals" },
      this.inventory.element,
      this.destroying,
      this.bargains.element,
    );
  }

  begin(setup: Setup): void {
    this.setup = setup;
    this.element.hidden = setup.items === undefined;
    this.inventory.begin(setup);
    this.bargains.begin(setup);
    this.rest();
  }

  /** Let the next click destroy, or not. */
  toggle(): void {
    if (this.setup?.items !== undefined) this.aim(!this.destroys);
  }

  /** Let the next click use what is in a place. */
  rest(): void {
    this.aim(false);
  }

  private aim(destroys: boolean): void {
    this.destroys = destroys;
    this.destroying.setAttribute("aria-pressed", String(destroys));
    this.element.classList.toggle("destroys", destroys);
  }

  private press(place: number, event: Event): void {
    const deletes = event instanceof KeyboardEvent && ["Delete", "Backspace"].includes(event.key);
    if (event.type === "keydown" && !deletes) return;
    if (this.setup?.items === undefined || !this.filled.has(place)) return;
    if (!deletes && this.bargains.takes(place)) return;
    const shift = event instanceof MouseEvent && event.shiftKey;
    const destroys = deletes || shift || this.destroys;
    const deal = dealWith(this.setup.items.places, place, destroys);
    this.rest();
    // A key that is pressed later must not press the place again.
    if (event instanceof MouseEvent && event.detail > 0) {
      (event.currentTarget as HTMLElement).blur();
    }
    const why = obstacle(this.sight, deal, this.inCombat);
    if (why === "") this.order({ deal, trade: 0 });
    else this.refuse(why);
  }

  /** Show what an agent has, given what it sees, if that is known. */
  update(agents: Agents, k: number, sight: Sight | undefined): void {
    const { bags, skills } = agents;
    if (this.setup?.items === undefined || bags === undefined) return;
    const { items } = this.setup;
    this.sight = sight;
    this.inCombat = skills?.inCombat[k] === 1;
    const pieces = piecesOf(items, bags, k);
    this.filled.clear();
    for (const [place, { kind }] of pieces.entries()) if (kind > 0) this.filled.add(place);
    this.bargains.update(agents, k, sight);
    this.inventory.update(pieces, place => {
      if (!this.filled.has(place)) return { text: "", idle: true };
      const why = obstacle(sight, dealWith(items.places, place, this.destroys), this.inCombat);
      const { slot } = items.kinds[pieces[place].kind];
      const verb = slot === 0 ? "consumes it" : pieces[place].worn ? "takes it off" : "puts it on";
      return {
        text: why === "" ? `click: ${this.destroys ? "destroys it" : verb}` : why,
        idle: why !== "",
      };
    });
  }
}
