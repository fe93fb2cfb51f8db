import assert from "node:assert/strict";
import { test } from "node:test";
import type { Inspection } from "../../src/net/types";
import { Thoughts } from "../../src/ui/thoughts";

const thought = (id: number, tick: number) => ({ id, tick }) as Inspection;

test("a thought is found by its agent and its tick, and no other stands for it", () => {
  const thoughts = new Thoughts();
  for (const tick of [3, 5]) thoughts.add(thought(7, tick));
  assert.equal(thoughts.of(7, 3)?.tick, 3);
  assert.equal(thoughts.of(7, 4), null);
  assert.equal(thoughts.of(8, 3), null);
  assert.equal(thoughts.last(7)?.tick, 5);
});

test("old thoughts make room for new ones", () => {
  const thoughts = new Thoughts();
  for (let tick = 0; tick < 2001; tick++) thoughts.add(thought(1, tick));
  assert.equal(thoughts.of(1, 0), null);
  assert.equal(thoughts.of(1, 1)?.tick, 1);
});
