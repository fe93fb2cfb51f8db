import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sight } from "../../src/net/types";
import {
  COIN,
  giftOf,
  goldGift,
  offerOf,
  PIECE,
  purchaseOf,
  receiverIn,
} from "../../src/ui/trades";

test("trades are numbered as the world numbers them", () => {
  assert.deepEqual([offerOf(0), offerOf(11), giftOf(12, 0), giftOf(12, 11)], [1, 12, 13, 24]);
  assert.deepEqual([goldGift(12), purchaseOf(12, 1), purchaseOf(12, 16)], [25, 26, 41]);
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
