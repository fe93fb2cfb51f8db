// What agents carry, and what all that they wear adds up to: here and nowhere else in the page.
import type { Bags, ItemSetup } from "./types";

/** Take over what all agents carry, given their columns. */
export function bagsOf(
  { places }: ItemSetup,
  n: number,
  column: (name: string) => Float64Array,
): Bags {
  const each = (name: string) => {
    const all = new Uint8Array(n * places);
    for (let place = 0; place < places; place++) {
      const values = column(`${name}_${place}`);
      for (let k = 0; k < n; k++) all[k * places + place] = values[k];
    }
    return all;
  };
  return {
    kind: each("kind"),
    level: each("level"),
    quantity: each("quantity"),
    worn: each("worn"),
    gained: Int32Array.from(column("gained")),
    used: Int32Array.from(column("used")),
    destroyed: Int32Array.from(column("destroyed")),
  };
}

/** What is in one place of an inventory; kind 0: nothing. */
export interface Piece {
  kind: number;
  level: number;
  quantity: number;
  worn: boolean;
}

/** List what is in each place of the inventory of an agent. */
export function piecesOf({ places }: ItemSetup, bags: Bags, k: number): Piece[] {
  return Array.from({ length: places }, (_, place) => {
    const at = k * places + place;
    const [kind, level, quantity] = [bags.kind[at], bags.level[at], bags.quantity[at]];
    return { kind, level, quantity, worn: bags.worn[at] !== 0 };
  });
}

/** Add up what worn items add to offence in each style, and to defence. */
export function totals(
  { kinds }: ItemSetup,
  pieces: Piece[],
  styles: number,
): { offence: number[]; defence: number } {
  const offence = new Array<number>(styles).fill(0);
  let defence = 0;
  for (const { kind, level, worn } of pieces) {
    if (!worn) continue;
    const { style, offence: adds, defence: shields } = kinds[kind];
    if (style >= 0) offence[style] += adds[level];
    defence += shields[level];
  }
  return { offence, defence };
}
