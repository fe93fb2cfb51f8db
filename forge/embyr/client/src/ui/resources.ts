// The legend of resources: their colours on flat maps, and how many tiles of each there are now.
import { drawnKinds } from "../net/tiles";
import type { ProfessionSetup, Setup } from "../net/types";
import { TILES } from "./colours";
import { h, setText } from "./dom";
import type { Panel, State } from "./state";

/** Maps of a longer side are not counted again and again. */
const COUNTED = 512;

/** Count the tiles of each resource, and those of what is left of each. */
export function countResources(
  { resources }: ProfessionSetup,
  tiles: Uint8Array,
): { whole: number; spent: number }[] {
  const [whole, spent] = [
    kindsOf(resources.map(it => it.tile)),
    kindsOf(resources.map(it => it.spent)),
  ];
  const counts = new Uint32Array(256);
  for (const kind of tiles) counts[kind]++;
  return resources.map((_, k) => ({ whole: counts[whole[k]], spent: counts[spent[k]] }));
}

/** The kinds of tiles, as tiles.ts numbers them, that have these names. */
function kindsOf(names: string[]): Uint8Array {
  return drawnKinds(names).subarray(0, names.length);
}

/** Hidden where the world has no resources. */
export class ResourceLegend implements Panel {
  readonly element = h("div", { class: "resources" }, h("h3", {}, "Resources"));
  private readonly rows = h("ul", {});
  private setup: ProfessionSetup | null = null;
  private counts: HTMLElement[] = [];
  private items: HTMLElement[] = [];
  private counted = -1;

  constructor(private readonly state: State) {
    this.element.append(this.rows);
    this.element.hidden = true;
  }

  begin(setup: Setup): void {
    this.setup = setup.professions ?? null;
    this.element.hidden = this.setup === null;
    this.counted = -1;
    const resources = this.setup?.resources ?? [];
    const kinds = kindsOf(resources.map(({ tile }) => tile));
    this.counts = resources.map(() => h("span", { class: "number" }, "–"));
    this.items = resources.map(({ tile }, k) =>
      h(
        "li",
        {},
        h("b", { class: "dot", style: `--own:${TILES[kinds[k]]}` }),
        tile,
        this.counts[k],
      ),
    );
    this.rows.replaceChildren(...this.items);
  }

  update(): void {
    const { setup, playback, tick } = this.state;
    if (this.setup === null || setup === null || tick === null || setup.side > COUNTED) return;
    if (tick.tick === this.counted) return;
    this.counted = tick.tick;
    const { resources } = this.setup;
    for (const [k, { whole, spent }] of countResources(this.setup, playback.map()).entries()) {
      setText(this.counts[k], String(whole));
      const { tile, spent: left } = resources[k];
      this.items[k].title = `${tile}: ${whole} of ${whole + spent}; ${left}: ${spent}`;
    }
  }
}
