// Items in words and pictures: an inventory, place by place, and what all that is worn adds up to.
import { type Piece, piecesOf, totals } from "../net/items";
import type { Agents, ItemSetup, Setup } from "../net/types";
import { h, icon, lines, setText } from "./dom";

/** Line drawings of kinds on a field of 24 × 24; any other kind is drawn as a sack. */
const DRAWINGS: Record<string, string> = {
  hat: "M3 17h18M6 17c0-7 2-10 6-10s6 3 6 10M6.5 13h11",
  top: "M8 4l-5 4 2 4 2-1v9h10v-9l2 1 2-4-5-4c-1 2.5-7 2.5-8 0z",
  bottom: "M7 4h10l1.5 16h-4.5L12 11l-2 9H5.5zM7 7h10",
  spear: "M4 20L15 9M13 11l1-5 6-2-2 6z",
  bow: "M8 3c7 1 12 6 13 13M8 3l13 13M4 20l10-10M4 20v-4M4 20h4",
  wand: "M4 20l9-9M17 3v8M13 7h8M14.5 4.5l5 5M19.5 4.5l-5 5",
  rod: "M4 20L18 4M18 4v10a2 2 0 1 1-3.5-1.5",
  gloves: "M8 21v-6l-3-4 1.5-1.5L9 12V5h2v5V4h2v6V5h2v5V7h2v8l-1.5 6z",
  pickaxe: "M5 20L15 9M8 4c6 0 11 5 12 12-3-5-7-9-12-12z",
  axe: "M6 21L15 6M11 7l4-4c4 1 6 5 5 9l-6-1z",
  chisel: "M4 20l8-8M10 10l4 4M12 12l6-9 3 3-9 6",
  whetstone: "M3 13l10-7 8 4-10 7zM3 13v4l8 4v-4M11 21l10-7v-4",
  arrow: "M4 20L19 5M13 4h7v7M4 20v-4M4 20h4M7 17v-4M7 17h4",
  rune: "M12 2.5l7 5v9l-7 5-7-5v-9zM12 8v8M12 8l3 3-3 2",
  ration: "M4 12a8 6 0 0 1 16 0zM3 15.5h18M5 19h14M9 9h.01M13 8.5h.01",
  potion: "M9.5 3h5M10.5 3v6L6 17.5A2.5 2.5 0 0 0 8.2 21h7.6a2.5 2.5 0 0 0 2.2-3.5L13.5 9V3M8 15h8",
};

/** Name pieces of a kind: "level-4 hat", "12 level-3 arrows". */
export function named({ kinds }: ItemSetup, { kind, level, quantity }: Omit<Piece, "worn">) {
  const one = `level-${level} ${kinds[kind]?.name ?? "item"}`;
  return quantity === 1 ? one : `${quantity} ${one}s`;
}

/** Say what is in a place: what it is, what it does, and whom it asks for. */
export function told(setup: Setup, place: number, piece: Piece): string {
  const { items, skills, styleNames } = setup;
  if (items === undefined || piece.kind === 0) return `place ${place + 1}: empty`;
  const { slot, skill, style, offence, defence } = items.kinds[piece.kind];
  const { level, worn } = piece;
  const name = named(items, piece);
  const words = [`place ${place + 1}: ${name}${worn ? ", worn" : ""}`];
  if (style >= 0) words.push(`+${offence[level]} ${styleNames[style]} offence`);
  if (defence[level] > 0) words.push(`+${defence[level]} defence`);
  words.push(slot > 0 ? `goes to: ${items.slots[slot]}` : "is consumed");
  words.push(`asks for ${skill < 0 ? "" : `${skills?.names[skill]} `}level ${level}`);
  return words.join(" · ");
}

/** Say what all that is worn adds up to: "+15 melee offence · +12 defence"; empty: nothing. */
export function summed({ items, styleNames }: Setup, pieces: Piece[]): string {
  if (items === undefined) return "";
  const { offence, defence } = totals(items, pieces, styleNames.length);
  const words = offence.flatMap((sum, style) =>
    sum > 0 ? [`+${sum} ${styleNames[style]} offence`] : [],
  );
  if (defence > 0) words.push(`+${defence} defence`);
  return words.join(" · ");
}

interface Cell {
  element: HTMLElement;
  key: string;
}

/** The places of an inventory, side by side; with `press` they are buttons. */
export class Inventory {
  readonly element: HTMLElement;
  private setup: Setup | null = null;
  private cells: Cell[] = [];

  constructor(private readonly press?: (place: number, event: Event) => void) {
    this.element = h("div", { class: "bag", role: "group", "aria-label": "Inventory" });
  }

  begin(setup: Setup): void {
    this.setup = setup;
    this.cells = Array.from({ length: setup.items?.places ?? 0 }, (_, place) => ({
      element: this.cell(place),
      key: "",
    }));
    this.element.replaceChildren(...this.cells.map(({ element }) => element));
  }

  private cell(place: number): HTMLElement {
    const { press } = this;
    if (press === undefined) return h("div", { class: "place", role: "img" });
    const on = (event: Event) => press(place, event);
    return h("button", { type: "button", class: "place", click: on, keydown: on });
  }

  /** Show what is in each place; `hint` says more about it, and whether nothing can be done. */
  update(pieces: Piece[], hint?: (place: number) => { text: string; idle: boolean }): void {
    const { setup } = this;
    if (setup?.items === undefined) return;
    for (const [place, cell] of this.cells.entries()) {
      const piece = pieces[place];
      const { text, idle } = hint?.(place) ?? { text: "", idle: false };
      const about = told(setup, place, piece);
      const title = text === "" ? about : `${about} · ${text}`;
      const key = `${title} ${idle}`;
      if (cell.key === key) continue;
      cell.key = key;
      this.fill(setup.items, cell.element, piece);
      cell.element.title = title;
      cell.element.setAttribute("aria-label", title);
      cell.element.classList.toggle("idle", idle);
      cell.element.setAttribute("aria-disabled", String(idle));
    }
  }

  private fill({ kinds }: ItemSetup, element: HTMLElement, piece: Piece): void {
    const { kind, level, quantity, worn } = piece;
    element.classList.toggle("empty", kind === 0);
    element.classList.toggle("worn", worn);
    element.dataset.item = kind === 0 ? "" : kinds[kind].name;
    if (kind === 0) {
      element.replaceChildren();
      return;
    }
    const drawing = DRAWINGS[kinds[kind].name];
    element.replaceChildren(
      drawing === undefined ? icon("sack") : lines(drawing),
      h("span", { class: "of-level" }, String(level)),
      ...(quantity > 1 ? [h("span", { class: "pieces" }, `×${quantity}`)] : []),
    );
  }
}

/** What an agent carries, for the inspector. */
export class Belongings {
  readonly element = h("div", { class: "belongings", hidden: true });
  private readonly heading = h("h3", {});
  private readonly inventory = new Inventory();
  private readonly sums = h("p", { class: "about sums" });
  private setup: Setup | null = null;

  begin(setup: Setup): void {
    this.setup = setup;
    this.inventory.begin(setup);
    this.element.replaceChildren(this.heading, this.inventory.element, this.sums);
  }

  /** Show what an agent carries; null: nobody is shown, or an NPC. */
  update(agents: Agents | null, k: number): void {
    const { setup } = this;
    const { bags } = agents ?? {};
    this.element.hidden = bags === undefined;
    if (bags === undefined || setup?.items === undefined) return;
    const pieces = piecesOf(setup.items, bags, k);
    const carried = pieces.filter(({ kind }) => kind > 0).length;
    const { purses } = agents as Agents;
    const gold = purses === undefined ? "" : ` · ${purses.gold[k]} gold`;
    setText(this.heading, `Carries ${carried} of ${setup.items.places}${gold}`);
    this.inventory.update(pieces);
    const worn = summed(setup, pieces);
    const life = [
      ["found", bags.gained[k]],
      ["consumed", bags.used[k]],
      ["destroyed", bags.destroyed[k]],
      ["bought", purses?.bought[k] ?? 0],
      ["sold", purses?.sold[k] ?? 0],
      ["gave", purses?.given[k] ?? 0],
    ].flatMap(([verb, pieces]) => (Number(pieces) > 0 ? [`${verb} ${pieces}`] : []));
    setText(this.sums, [worn === "" ? "wears nothing that helps" : worn, ...life].join(" · "));
  }
}
