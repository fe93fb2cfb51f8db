import assert from "node:assert/strict";
import { test } from "node:test";
import { goToEvent, goToTick, readAddress, writeAddress } from "../../src/address";
import { Kept } from "../../src/net/history";
import type { Tick } from "../../src/net/types";
import type { Playback } from "../../src/ui/playback";

test("an address that was written is read as the same", () => {
  const camera = { x: -1.5, z: 2.25, distance: 40, azimuth: 0.5, elevation: 1 };
  const seen = { realm: 3, tick: 812, agent: 17, overlay: "Ü & #", of: 2, camera };
  assert.deepEqual(readAddress(writeAddress(seen)), seen);
});

test("what is not seen is not written", () => {
  const seen = { realm: 0, tick: null, agent: null, overlay: null, of: null, camera: null };
  assert.equal(writeAddress(seen), "#realm=0");
  assert.deepEqual(readAddress("#realm=0"), seen);
});

test("what makes no sense is left out", () => {
  const none = { realm: null, tick: null, agent: null, overlay: null, of: null, camera: null };
  assert.deepEqual(readAddress("#realm=-1&tick=x&agent=1.5&camera=x:y,__proto__:1"), none);
  assert.deepEqual(readAddress(""), none);
});

test("a tick that is kept is gone to; of another it is said that it is not", () => {
  const history = new Kept();
  for (const tick of [5, 6, 7]) history.add({ tick, agents: { n: 1 } } as Tick);
  const went: number[] = [];
  const playback = { history, seekTick: (tick: number) => went.push(tick) } as unknown as Playback;
  const said = [4, 5, 7, 8].map(tick => goToTick(playback, tick));
  assert.deepEqual(went, [5, 7]);
  assert.deepEqual(
    said.map(text => text === null),
    [false, true, true, false],
  );
});

test("an event is gone to by the tick before it, and one that is no longer kept is not", () => {
  const history = new Kept(3);
  for (const tick of [4, 5, 6, 7]) history.add({ tick, agents: { n: 1 } } as Tick);
  const went: number[] = [];
  const playback = { history, seekTick: (tick: number) => went.push(tick) } as unknown as Playback;
  const said = [4, 5, 7].map(tick => goToEvent(playback, tick));
  assert.deepEqual(went, [5, 6]);
  assert.deepEqual(said, ["tick 4 is no longer kept", null, null]);
});
