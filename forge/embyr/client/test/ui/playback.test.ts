import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../../src/net/history";
import type { Command, Setup, Source, Tick } from "../../src/net/types";
import type { World } from "../../src/scene/world";
import { Playback } from "../../src/ui/playback";
import { State } from "../../src/ui/state";

Object.assign(globalThis, { window: { clearInterval, setInterval } });

const SETUP = {
  side: 2,
  tiles: new Uint8Array(4),
  populations: [{ name: "A", color: "#e69f00" }],
  causeNames: ["lava", "starved", "dehydrated", "slain"],
  happenings: [],
} as unknown as Setup;

function tick(number: number, born: boolean): Tick {
  const one = new Int16Array(1);
  const id = Int32Array.from([born ? number : 0]);
  const agents = { n: 1, id, population: one, slot: one, row: one, col: one, age: one };
  return {
    tick: number,
    agents,
    tiles: [],
    attacks: [],
    births: born ? [number] : [],
    deaths: [],
    happened: [],
  } as unknown as Tick;
}

/** Ticks 1 … count, with births in some; what is sent is listed. */
function shown(count: number, births: number[], recorded = false) {
  const sent: Command[] = [];
  const nothing = () => {};
  const world = { tick: nothing, show: nothing } as unknown as World;
  const send = (command: Command) => sent.push(command);
  const source: Source = { send, on: nothing, recorded, reading: false };
  const history = new Kept();
  const playback = new Playback(world, source, history);
  playback.begin(SETUP);
  for (let number = 1; number <= count; number++) {
    const next = tick(number, births.includes(number));
    history.add(next);
    playback.arrive(next);
  }
  return { playback, sent, state: new State(world, source, playback) };
}

test("from now, the last of its kind is gone to; then there is no later one", () => {
  const { playback, state } = shown(9, [3, 6]);
  state.jump("birth");
  assert.deepEqual([playback.mode, playback.tick?.tick, state.said], ["paused", 6, ""]);
  state.jump("birth");
  assert.deepEqual([playback.tick?.tick, state.said], [6, "no later birth is kept"]);
  state.jump("birth", -1);
  assert.equal(playback.tick?.tick, 3);
  state.jump("birth", -1);
  assert.deepEqual([playback.tick?.tick, state.said], [3, "no earlier birth is kept"]);
});

test("what happens in the newest tick is stopped at, once", () => {
  const { playback, state } = shown(4, [4]);
  state.jump("birth");
  assert.deepEqual([playback.mode, playback.tick?.tick, state.said], ["paused", 4, ""]);
  state.jump("birth");
  assert.equal(state.said, "no later birth is kept");
});

test("where nothing has happened time goes on, and it is said", () => {
  const { playback, state } = shown(4, []);
  state.jump("death");
  assert.deepEqual([playback.mode, state.said], ["live", "no later death is kept"]);
});

test("of quick wishes for another pace the last one stands, whatever echoes of the others say", () => {
  const { playback, sent } = shown(1, []);
  for (let k = 0; k < 3; k++) playback.faster(1);
  assert.equal(playback.rate, 0); // 8, 16, 32, as fast as it goes
  playback.hear(16);
  playback.hear(32);
  assert.equal(playback.rate, 0);
  playback.hear(0);
  playback.hear(4); // somebody else's
  assert.equal(playback.rate, 4);
  assert.deepEqual(sent.at(-1), { type: "speed", rate: 0 });
});

test("words of a moment fade after six seconds", context => {
  const { state } = shown(1, []);
  let now = 1000;
  context.mock.method(performance, "now", () => now);
  state.say("no");
  now += 5999;
  assert.equal(state.said, "no");
  now += 1;
  assert.equal(state.said, "");
});

test("a recording is shown from its first tick on, and all its ticks can be gone to", () => {
  const { playback } = shown(9, [], true);
  assert.deepEqual([playback.mode, playback.tick?.tick, playback.over], ["playing", 1, false]);
  playback.seek(7);
  assert.equal(playback.tick?.tick, 8);
  playback.live();
  assert.deepEqual([playback.mode, playback.tick?.tick, playback.over], ["paused", 9, true]);
});

test("a recording stops at its end, asks what follows, and is played anew from there", async () => {
  const { playback, sent } = shown(3, [], true);
  playback.setRate(0);
  sent.length = 0;
  while (playback.mode === "playing") await new Promise(done => setTimeout(done, 5));
  assert.deepEqual([playback.tick?.tick, playback.mode, sent], [3, "paused", [{ type: "step" }]]);
  playback.toggle();
  assert.deepEqual(sent.at(-1), { type: "fresh" });
});
