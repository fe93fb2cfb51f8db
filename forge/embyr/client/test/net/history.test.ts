import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../../src/net/history";
import type { Tick } from "../../src/net/types";

function ticks(count: number, agents: number): Tick[] {
  return Array.from({ length: count }, (_, tick) => ({ tick, agents: { n: agents } }) as Tick);
}

test("the newest ticks are kept, the oldest dropped", () => {
  const kept = new Kept(10, 1e9);
  for (const tick of ticks(57, 1)) kept.add(tick);
  assert.equal(kept.length, 10);
  assert.equal(kept.at(0).tick, 47);
  assert.equal(kept.now()?.tick, 56);
});

test("many agents leave room for fewer ticks, but always for the newest", () => {
  const kept = new Kept(10, 500);
  for (const tick of ticks(20, 100)) kept.add(tick);
  assert.equal(kept.length, 5);
  for (const tick of ticks(1, 1000)) kept.add(tick);
  assert.equal(kept.length, 1);
});

test("nothing holds what was dropped", () => {
  const kept = new Kept(1000, 500);
  for (const tick of ticks(20, 100)) kept.add(tick);
  const { ticks: held } = kept as unknown as { ticks: (Tick | null)[] };
  assert.deepEqual(
    held.flatMap(tick => (tick === null ? [] : [tick.tick])),
    [15, 16, 17, 18, 19],
  );
  assert.ok(held.length <= 11);
});

test("another world begins without a past", () => {
  const kept = new Kept();
  for (const tick of ticks(3, 1)) kept.add(tick);
  kept.clear();
  assert.equal(kept.length, 0);
  assert.equal(kept.now(), undefined);
});
