// The legend of NPCs: the mark of each kind, and how many of it live.
import type { Setup } from "../net/types";
import { h, setText } from "./dom";
import { npcMark } from "./marks";
import { countKinds } from "./npcs";
import type { Panel, State } from "./state";

/** The legend of NPCs, with how many live of each kind; hidden where the world has none. */
export class NpcLegend implements Panel {
  readonly element = h("div", { class: "npcs" }, h("h3", {}, "NPCs"));
  private readonly rows = h("ul", {});
  private counts: HTMLElement[] = [];

  constructor(private readonly state: State) {
    this.element.append(this.rows);
    this.element.hidden = true;
  }

  begin(setup: Setup): void {
    const kinds = setup.npcs?.kinds ?? [];
    this.element.hidden = kinds.length === 0;
    this.counts = kinds.map(() => h("span", { class: "number" }, "–"));
    this.rows.replaceChildren(
      ...kinds.map(({ kind, name }, k) =>
        h("li", { title: `${name}: ${kind}` }, npcMark(k + 1), name, this.counts[k]),
      ),
    );
  }

  update(): void {
    if (this.element.hidden) return;
    const counts = countKinds(this.state.tick, this.counts.length);
    for (const [k, count] of counts.entries()) setText(this.counts[k], String(count));
  }
}
