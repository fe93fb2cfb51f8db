// The market board: the lowest price of each kind and level, and prices over time.
import type { History, Setup } from "../net/types";
import { h, iconButton, panel, setText } from "./dom";
import type { Panel, State } from "./state";

const WIDTH = 260;
const HEIGHT = 46;
/** Ticks over which prices are drawn, and how many of them are looked at. */
const SPAN = 600;
const POINTS = 130;
/** The highest mean price that is drawn, in multiples of the level. */
const TOP = 4;

/** The mean lowest price in multiples of the level, and how many books have offers. */
function summed(prices: Uint8Array): { mean: number; books: number } {
  let [sum, books] = [0, 0];
  for (const price of prices) {
    if (price > 0) [sum, books] = [sum + price, books + 1];
  }
  return { mean: books === 0 ? Number.NaN : sum / books, books };
}

export class MarketBoard implements Panel {
  readonly element: HTMLElement;
  private readonly about = h("p", { class: "about" });
  private readonly table = h("table", { class: "board" });
  private readonly curve = h("canvas", {
    width: String(2 * WIDTH),
    height: String(2 * HEIGHT),
    role: "img",
    title: "Mean lowest price of the last 600 ticks, from 0 to 4 times the level",
    "aria-label": "Mean lowest price over time",
  });
  /** Opens and closes the board. */
  readonly opener = h(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-pressed": "false",
      title: "The market board (O)",
      click: () => this.toggle(),
    },
    "Market",
  );
  private cells: HTMLElement[][] = [];
  private rows: HTMLElement[] = [];
  private shown = "";

  constructor(private readonly state: State) {
    this.element = panel("market", "Market", this.about, this.table, this.curve);
    const heading = this.element.firstElementChild as HTMLElement;
    const head = h("div", { class: "head" });
    heading.replaceWith(head);
    head.append(
      heading,
      iconButton("close", "Close (O)", () => this.toggle()),
    );
    this.element.hidden = this.opener.hidden = true;
  }

  /** Open or close the board. */
  toggle(): void {
    if (this.opener.hidden) return;
    this.element.hidden = !this.element.hidden;
    this.opener.setAttribute("aria-pressed", String(!this.element.hidden));
    this.update();
  }

  begin({ market, items }: Setup): void {
    this.opener.hidden = market === undefined;
    this.element.hidden ||= this.opener.hidden;
    this.shown = "";
    if (market === undefined || items === undefined) return;
    const levels = Array.from({ length: market.levels }, (_, level) => level);
    this.cells = items.kinds.slice(1).map(() => levels.map(() => h("td", {})));
    const header = levels.map(level => h("th", {}, String(level + 1)));
    this.rows = items.kinds
      .slice(1)
      .map(({ name }, kind) => h("tr", {}, h("th", {}, name), ...this.cells[kind]));
    this.table.replaceChildren(h("tr", {}, h("th", {}, "level"), ...header), ...this.rows);
  }

  update(): void {
    const { setup, playback } = this.state;
    const prices = playback.tick?.market;
    if (setup?.market === undefined || prices === undefined || this.element.hidden) return;
    const { levels } = setup.market;
    const now = `${playback.tick?.tick} ${prices.join("")}`;
    if (now === this.shown) return;
    this.shown = now;
    for (const [kind, cells] of this.cells.entries()) {
      this.rows[kind].hidden = !prices
        .subarray(kind * levels, (kind + 1) * levels)
        .some(it => it > 0);
      for (const [level, cell] of cells.entries()) {
        const times = prices[kind * levels + level];
        setText(cell, times === 0 ? "" : String(times * (level + 1)));
        cell.style.setProperty("--dear", String(times / setup.market.prices));
        cell.classList.toggle("open", times > 0);
      }
    }
    const { mean, books } = summed(prices);
    const price = books === 0 ? "nothing is offered" : `at ${mean.toFixed(1)} × the level`;
    setText(this.about, `${books} kinds and levels on offer, ${price}; prices in gold`);
    this.draw(playback.history, playback.tick?.tick ?? 0);
  }

  /** Draw the mean lowest price of the last ticks, up to a tick. */
  private draw(history: History, upTo: number): void {
    const paint = this.curve.getContext("2d");
    if (paint === null) return;
    paint.setTransform(2, 0, 0, 2, 0, 0);
    paint.clearRect(0, 0, WIDTH, HEIGHT);
    paint.strokeStyle = getComputedStyle(this.curve).color;
    paint.lineWidth = 1.5;
    paint.beginPath();
    const step = Math.max(1, Math.ceil(Math.min(SPAN, history.length) / POINTS));
    let pen = false;
    for (let i = Math.max(0, history.length - SPAN); i < history.length; i += step) {
      const { tick, market } = history.at(i);
      if (tick > upTo || market === undefined) continue;
      const { mean } = summed(market);
      const x = WIDTH * (1 - (upTo - tick) / SPAN);
      const y = HEIGHT - 2 - ((HEIGHT - 4) * Math.min(mean, TOP)) / TOP;
      if (Number.isNaN(mean)) pen = false;
      else if (pen) paint.lineTo(x, y);
      else paint.moveTo(x, y);
      pen = !Number.isNaN(mean);
    }
    paint.stroke();
  }
}
