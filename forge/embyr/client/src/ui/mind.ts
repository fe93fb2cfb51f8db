// What an agent thinks: how likely each move and attack is, and what it expects.
import type { Inspection } from "../net/types";
import { Ring } from "./curves";
import { h, penOf, setText } from "./dom";

/** Names of the moves, in their order, and where each lies on a cross of 3 × 3. */
export const MOVES = ["stay", "east", "south", "west", "north"];
export const ARROWS = ["•", "→", "↓", "←", "↑"];
const CELLS = ["2 / 2", "2 / 3", "3 / 2", "2 / 1", "1 / 2"];

const percent = (share: number) => `${Math.round(100 * share)} %`;

interface Bar {
  element: HTMLElement;
  fill: HTMLElement;
  number: HTMLElement;
}

function bar(name: string): Bar {
  const fill = h("i", {});
  const number = h("span", { class: "number" });
  const element = h("div", { class: "bar" }, h("span", {}, name), h("b", {}, fill), number);
  return { element, fill, number };
}

function setBar({ fill, number }: Bar, share: number): void {
  fill.style.width = `${100 * share}%`;
  setText(number, percent(share));
}

export class Mind {
  readonly element = h("div", { class: "mind" });
  private readonly cross = h("div", { class: "cross", role: "img" });
  private readonly moves: HTMLElement[];
  private readonly styles = h("div", { class: "bars" });
  private readonly targets = h("p", { class: "targets" });
  private readonly value = h("output", { class: "value" });
  private readonly spark = h("canvas", { class: "spark", "aria-hidden": "true" });
  private styleBars: Bar[] = [];
  private values = new Ring(160);
  private id = -1;
  /** Of the newest value that is drawn. */
  private tick = -1;
  private readonly known: HTMLElement;
  private readonly unknown = h(
    "p",
    { class: "none" },
    "Not known of this tick: thoughts are kept from when an agent is chosen.",
  );

  constructor() {
    this.moves = MOVES.map((name, k) =>
      h("div", { style: `grid-area:${CELLS[k]}`, title: name }, h("b", {}), h("span", {})),
    );
    this.cross.append(...this.moves);
    this.known = h(
      "div",
      {},
      h("div", { class: "split" }, this.cross, this.styles),
      this.targets,
      h("div", { class: "expects" }, h("span", {}, "value"), this.value, this.spark),
    );
    this.element.append(h("h3", {}, "What it thinks"), this.known, this.unknown);
  }

  begin(styleNames: string[]): void {
    this.id = this.tick = -1;
    this.styleBars = ["no attack", ...styleNames].map(bar);
    this.styles.replaceChildren(...this.styleBars.map(({ element }) => element));
  }

  /** Show a mind; null: nothing is known of it in this tick. */
  update(inspection: Inspection | null): void {
    this.known.hidden = inspection === null;
    this.unknown.hidden = inspection !== null;
    if (inspection === null || inspection.moves.length === 0) return;
    const { moves, styles, targets, value } = inspection;
    for (const [k, cell] of this.moves.entries()) {
      const share = moves[k] ?? 0;
      const possible = inspection.sight.canMove[k] ?? true;
      cell.style.setProperty("--share", String(share));
      cell.classList.toggle("barred", !possible);
      cell.classList.toggle("likely", share > 0.5);
      setText(cell.firstElementChild as Node, ARROWS[k]);
      setText(cell.lastElementChild as Node, possible ? percent(share) : "–");
    }
    const said = moves.map((share, k) => `${MOVES[k]} ${percent(share)}`).join(", ");
    this.cross.setAttribute("aria-label", said);
    this.styles.hidden = styles.length === 0;
    for (const [k, share] of styles.entries()) setBar(this.styleBars[k], share);
    const best = [...targets].sort((a, b) => b.p - a.p).slice(0, 4);
    const listed = best.map(({ id, p }) => `${id < 0 ? "nobody" : id} ${percent(p)}`);
    setText(this.targets, listed.length > 0 ? `Whom: ${listed.join(" · ")}` : "");
    this.expect(inspection.id, inspection.tick, value);
  }

  private expect(id: number, tick: number, value: number | null): void {
    (this.value.parentElement as HTMLElement).hidden = value === null;
    if (value === null) return;
    if (id !== this.id) {
      this.id = id;
      this.values = new Ring(160);
      this.tick = -1;
    }
    if (tick > this.tick) this.values.push(value);
    this.tick = Math.max(this.tick, tick);
    setText(this.value, value.toFixed(2).replace("-", "−"));
    this.draw();
  }

  private draw(): void {
    const pen = penOf(this.spark);
    if (pen === null) return;
    const { clientWidth: width, clientHeight: height } = this.spark;
    let [low, high] = [Infinity, -Infinity];
    for (let k = 0; k < this.values.length; k++) {
      low = Math.min(low, this.values.at(k));
      high = Math.max(high, this.values.at(k));
    }
    const span = Math.max(1e-6, high - low);
    pen.strokeStyle = "#f3b562";
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (let k = 0; k < this.values.length; k++) {
      const x = (k / (this.values.room - 1)) * width;
      pen.lineTo(x, height - 2 - ((this.values.at(k) - low) / span) * (height - 4));
    }
    pen.stroke();
  }
}
