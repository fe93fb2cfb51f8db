// What somebody who plays an agent can do on the market: sell and give what is in a place, and buy.
import type { Agents, Order, Setup, Sight } from "../net/types";
import { h, setText } from "./dom";
import { COIN, giftOf, goldGift, offerOf, PIECE, purchaseOf, receiverIn } from "./trades";

type Mode = "" | "sell" | "give";

export class Bargains {
  readonly element: HTMLElement;
  private readonly gold = h("span", { class: "gold" });
  private readonly price = h("select", { "aria-label": "Price of what is sold" });
  private readonly kinds = h("select", { "aria-label": "What is bought" });
  private readonly modes: [Mode, HTMLButtonElement][];
  private mode: Mode = "";
  private setup: Setup | null = null;
  private sight: Sight | undefined;

  constructor(
    private readonly order: (order: Partial<Order>) => void,
    private readonly refuse: (why: string) => void,
  ) {
    const chip = (text: string, title: string, click: () => void) =>
      h("button", { type: "button", class: "chip", title, click }, text);
    const sell = chip("Sell", "Offer what is clicked next, at this price", () => this.aim("sell"));
    const give = chip("Give", "Give what is clicked next to somebody in sight", () =>
      this.aim("give"),
    );
    this.modes = [
      ["sell", sell],
      ["give", give],
    ];
    this.element = h(
      "div",
      { class: "bargains" },
      this.gold,
      sell,
      this.price,
      give,
      chip("Give gold", "Give a piece of gold to somebody in sight", () => this.giveGold()),
      this.kinds,
      chip("Buy", "Buy an item of this kind, of the highest level that it can use and pay", () =>
        this.buy(),
      ),
    );
  }

  begin(setup: Setup): void {
    this.setup = setup;
    const { market } = setup;
    this.element.hidden = market === undefined;
    const times = Array.from({ length: market?.prices ?? 0 }, (_, k) => k);
    this.price.replaceChildren(
      ...times.map(k => h("option", { value: String(k) }, `${k + 1} × its level`)),
    );
    this.aim("");
  }

  private aim(mode: Mode): void {
    this.mode = mode === this.mode ? "" : mode;
    for (const [name, button] of this.modes) {
      button.setAttribute("aria-pressed", String(name === this.mode && mode !== ""));
    }
  }

  /** Sell or give what is in a place, if the next click does so; say whether it did. */
  takes(place: number): boolean {
    const places = this.setup?.items?.places;
    if (this.mode === "" || places === undefined) return false;
    const sells = this.mode === "sell";
    const trade = sells ? offerOf(place) : giftOf(places, place);
    const receiver = sells ? -1 : receiverIn(this.sight, PIECE);
    this.aim("");
    this.make({ trade, price: sells ? Number(this.price.value) : 0, receiver });
    return true;
  }

  private giveGold(): void {
    const trade = goldGift(this.setup?.items?.places ?? 0);
    this.make({ trade, price: 0, receiver: receiverIn(this.sight, COIN) });
  }

  private buy(): void {
    const places = this.setup?.items?.places ?? 0;
    if (this.kinds.value === "") this.refuse("nothing that it can use and pay is offered");
    else this.make({ trade: purchaseOf(places, Number(this.kinds.value)), price: 0, receiver: -1 });
  }

  private make(order: { trade: number; price: number; receiver: number }): void {
    const can = this.sight?.canTrade;
    if (can === undefined || can[order.trade]) this.order({ ...order, deal: 0 });
    else this.refuse("that trade is not possible");
  }

  /** Show what an agent has and can buy, given what it sees, if that is known. */
  update(agents: Agents, k: number, sight: Sight | undefined): void {
    this.sight = sight;
    const { items, market } = this.setup ?? {};
    if (items === undefined || market === undefined) return;
    setText(this.gold, `${agents.purses?.gold[k] ?? 0} gold`);
    const open = items.kinds
      .map((_, kind) => kind)
      .filter(kind => kind > 0 && sight?.canTrade?.[purchaseOf(items.places, kind)]);
    if (this.kinds.dataset.of === open.join()) return;
    this.kinds.dataset.of = open.join();
    this.kinds.replaceChildren(
      ...open.map(kind => h("option", { value: String(kind) }, items.kinds[kind].name)),
    );
  }
}
