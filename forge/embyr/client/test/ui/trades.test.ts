import assert from "node:assert/strict";
import { test } from "node:test";
import type { Purses, Sight } from "../../src/net/types";
import {
  COIN,
  giftOf,
  goldGift,
  offerOf,
  PIECE,
  purchaseOf,
  receiverIn,
  traded,
} from "../../src/ui/trades";

const HAT = { kind: 1, level: 2, quantity: 1 };

/** A purse of one agent. */
function purse(values: Partial<Record<keyof Purses, number>>): [Purses, number] {
  const of = (name: keyof Purses) => Int32Array.of(values[name] ?? 0);
  const exact = (name: keyof Purses) => Float64Array.of(values[name] ?? 0);
  return [
    {
      gold: of("gold"),
      earned: exact("earned"),
      spent: exact("spent"),
      bought: of("bought"),
      sold: of("sold"),
      given: of("given"),
    },
    0,
  ];
}

test("trades are numbered as the world numbers them", () => {
  assert.deepEqual([offerOf(0), offerOf(11), giftOf(12, 0), giftOf(12, 11)], [1, 12, 13, 24]);
  assert.deepEqual([goldGift(12), purchaseOf(12, 1), purchaseOf(12, 16)], [25, 26, 41]);
});

test("a purchase tells what was bought and what was paid", () => {
  const found = traded(purse({ gold: 9 }), purse({ gold: 5, spent: 4, bought: 1 }), [HAT]);
  assert.deepEqual(found, [{ verb: "buys", gold: 4, piece: HAT, pieces: 1 }]);
});

test("sales of a tick are told together, and a gift by itself", () => {
  const sold = traded(purse({}), purse({ earned: 7, sold: 2 }), []);
  assert.deepEqual(sold, [{ verb: "sells", gold: 7, piece: null, pieces: 2 }]);
  const given = traded(purse({ gold: 1 }), purse({ spent: 1, given: 1 }), []);
  assert.deepEqual(given, [{ verb: "gives", gold: 1, piece: null, pieces: 1 }]);
  assert.deepEqual(traded(purse({}), purse({ earned: 3 }), []), []);
});

test("a receiver is the first who can be given such a thing", () => {
  const canReceive = [
    { id: 4, ways: [false, true] },
    { id: 7, ways: [true, true] },
  ];
  const sight = { canReceive } as Sight;
  assert.deepEqual([receiverIn(sight, PIECE), receiverIn(sight, COIN)], [7, 4]);
  assert.equal(receiverIn(undefined, COIN), -1);
});
