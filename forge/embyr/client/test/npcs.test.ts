import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../src/address";
import type { Npcs, Setup, Source, Tick } from "../src/net/types";
import { beast, buildOf, KINDS, sizeOf } from "../src/scene/beast";
import { Crowd, DEAD } from "../src/scene/crowd";
import type { World } from "../src/scene/world";
import { Chronicle } from "../src/ui/chronicle";
import { deeds } from "../src/ui/deeds";
import { noEvents } from "../src/ui/kinds";
import { countKinds, described, find, isNpc, nameOf, numbered, readNumber } from "../src/ui/npcs";
import { layersOf, titled, under } from "../src/ui/overlays";
import type { Playback } from "../src/ui/playback";
import { sentence } from "../src/ui/sentences";
import { State } from "../src/ui/state";
import { Tally } from "../src/ui/tally";

const KIND_NAMES = ["deer", "boar", "wolf"];
const SETUP = {
  side: 10,
  tiles: new Uint8Array(100),
  populations: [{ name: "A", color: "#e69f00" }],
  reach: [3, 3, 3],
  styleNames: ["melee", "range", "mage"],
  happenings: [],
  causeNames: ["alive", "lava", "starved", "dehydrated", "slain"],
  npcs: {
    most: 4,
    health: 100,
    sight: 7,
    kinds: KIND_NAMES.map(name => ({ kind: `${name}'s kind`, name })),
  },
} as unknown as Setup;

/** NPCs given as [id, kind, level, row, col, prey]. */
function npcs(rows: number[][]): Npcs {
  const n = rows.length;
  const column = (k: number) => rows.map(row => row[k]);
  const zeros = new Int16Array(n);
  return {
    n,
    id: Int32Array.from(column(0)),
    kind: Uint8Array.from(column(1)),
    level: Uint8Array.from(column(2)),
    style: new Uint8Array(n).fill(1),
    power: new Int16Array(n).fill(24),
    row: Int16Array.from(column(3)),
    col: Int16Array.from(column(4)),
    age: new Int32Array(n).fill(6),
    health: new Int16Array(n).fill(50),
    freeze: zeros,
    damage: zeros,
    prey: Int32Array.from(column(5)),
  };
}

/** A tick with agents of the ids on (4, 4), and NPCs. */
function tick(number: number, ids: number[], wild: number[][], more: Partial<Tick> = {}): Tick {
  const n = ids.length;
  const zeros = new Int16Array(n);
  return {
    tick: number,
    agents: {
      n,
      id: Int32Array.from(ids),
      population: new Uint16Array(n),
      slot: new Uint16Array(n),
      row: new Int16Array(n).fill(4),
      col: new Int16Array(n).fill(4),
      age: new Int32Array(n).fill(20),
      health: zeros,
      food: zeros,
      water: zeros,
      freeze: zeros,
      damage: zeros,
      immune: new Uint8Array(n),
    },
    npcs: npcs(wild),
    tiles: [],
    attacks: [],
    births: [],
    deaths: [],
    happened: [],
    ...more,
  };
}

const BOAR = [-2, 2, 6, 4, 6, -1];
const WOLF = [-9, 3, 9, 5, 4, 12];

function crowd(): Crowd {
  const colors = [[1, 0, 0]] as const;
  const limits = { side: 10, maxHealth: 10, maxFood: 9, maxWater: 9, npcHealth: 100, colors };
  return new Crowd(limits, 16);
}

test("NPCs come after agents, with their kind, their size and their height", () => {
  const drawn = crowd();
  drawn.update(tick(1, [12], [BOAR, WOLF]), 0, false);
  assert.deepEqual([...drawn.ids.slice(0, 3)], [12, -2, -9]);
  assert.deepEqual(
    [0, 1, 2].map(k => drawn.now.form[4 * k]),
    [0, 2, 3],
  );
  const [size, tall] = drawn.now.form.slice(5, 7);
  assert.equal(size, Math.fround(sizeOf(6)));
  assert.ok(Math.abs(tall - buildOf(1).tall * size) < 1e-6);
  assert.equal(drawn.now.stats[4], 0.5); // health 50 of 100
});

test("an NPC leaps at whom it strikes, and faces it", () => {
  const drawn = crowd();
  const attacks = [{ from: -9, to: 12, style: 0, damage: 60 }];
  drawn.update(tick(1, [12], [WOLF], { attacks }), 0, false);
  assert.equal(drawn.now.form[7], 1);
  assert.ok(Math.abs(Math.cos(drawn.now.turn[5]) + 1) < 1e-6); // from row 5 to row 4: north
});

test("a slain NPC fades as agents do, and one that is only gone does not", () => {
  const drawn = crowd();
  drawn.update(tick(1, [12], [BOAR, WOLF]), 0, false);
  const deaths = [{ id: -9, cause: 4, killer: 12 }];
  drawn.update(tick(2, [12], [], { deaths }), 1, false);
  assert.deepEqual([drawn.living, drawn.count], [1, 2]);
  assert.deepEqual([drawn.now.form[4], drawn.now.tint[7]], [3, DEAD]);
});

test("each kind has a figure of its own, and a level makes it larger", () => {
  const faces = Array.from({ length: KINDS }, (_, k) => beast(k, false).getIndex()?.count ?? 0);
  assert.equal(new Set(faces).size, 3);
  assert.ok(Math.max(...faces) < 3 * 1200);
  assert.ok((beast(0, true).getIndex()?.count ?? 0) < faces[0] / 2);
  assert.ok(sizeOf(9) > 1.4 * sizeOf(1));
});

test("figures stand on the ground and face along z", () => {
  for (let kind = 0; kind < KINDS; kind++) {
    const geometry = beast(kind, false);
    geometry.computeBoundingBox();
    const { min, max } = geometry.boundingBox as NonNullable<typeof geometry.boundingBox>;
    assert.ok(Math.abs(min.y) < 0.04 && max.y > buildOf(kind).hip);
    assert.ok(max.x < 0.25 && max.z > 0.5 && max.z < 0.65);
  }
});

test("ids below −1 are those of NPCs, whose rows are found among NPCs", () => {
  const now = tick(1, [12], [BOAR, WOLF]);
  assert.deepEqual([-2, -1, 0].map(isNpc), [true, false, false]);
  assert.deepEqual([find(now, -9).k, find(now, 12).k, find(now, -7).k], [1, 0, -1]);
  assert.equal(find(now, -9).rows, now.npcs);
});

test("numbers below 0 have a minus that is one", () => {
  assert.deepEqual([12, 0, -130].map(numbered), ["12", "0", "−130"]);
});

test("NPCs are named by level and kind", () => {
  const now = tick(1, [12], [BOAR, WOLF]);
  const named = [12, -9, -7].map(id => nameOf(SETUP, now, id));
  assert.deepEqual(named, ["agent 12", "level-9 wolf", "NPC −7"]);
  const told = described(SETUP, npcs([BOAR]), 0, true);
  assert.equal(
    told,
    "NPC −2 · boar's kind · age 6 · strikes with range, reach 3 · power 24 · row 4, column 6",
  );
});

test("the living are counted by kind, and none where there are no NPCs", () => {
  assert.deepEqual(countKinds(tick(1, [], [BOAR, WOLF, [-3, 2, 5, 1, 1, -1]]), 3), [0, 2, 1]);
  assert.deepEqual(countKinds(null, 3), [0, 0, 0]);
});

/** What is told of the deaths of a second tick. */
function told(deaths: Tick["deaths"], chronicle = new Chronicle(SETUP)) {
  chronicle.add(tick(1, [12, 13], [BOAR, WOLF]));
  return chronicle.add(tick(2, [13], [], { deaths }));
}

test("the feed names NPCs that slay and are slain", () => {
  const deaths = [
    { id: 12, cause: 4, killer: -9 },
    { id: -2, cause: 4, killer: 13 },
    { id: 13, cause: 4, killer: -77 },
  ];
  const events = told(deaths).events.filter(({ kind }) => kind !== "record");
  assert.deepEqual(
    events.map(event => sentence(event, SETUP)),
    ["a level-9 wolf slays 12, aged 21", "13 slays a level-6 boar", "an NPC slays 13, aged 21"],
  );
});

test("a slain NPC is a hunt: no death, no kill, and no record of a population", () => {
  const derived = told([{ id: -2, cause: 4, killer: 13 }]);
  assert.deepEqual(derived.counts, { ...noEvents(), hunt: 1 });
  const tally = new Tally(SETUP);
  tally.add(tick(2, [13], []), derived);
  assert.deepEqual([tally.lines[0].deaths, tally.lines[0].kills], [0, 0]);
});

test("what an NPC did is read off the ticks", () => {
  const attacks = [{ from: -9, to: 12, style: 0, damage: 60 }];
  const ticks = [
    tick(1, [12], [[-9, 3, 9, 6, 4, 12]]),
    tick(2, [12], [WOLF]),
    tick(3, [12], [WOLF], { attacks }),
  ];
  const history = { length: 3, at: (k: number) => ticks[k], now: () => ticks[2] };
  const [last, first] = deeds(history, 2, -9, 9);
  assert.deepEqual([first.move, first.style], [4, -1]); // north
  assert.deepEqual([last.move, last.style, last.target], [0, 0, 12]);
});

/** The state of a page on which somebody is selected, and what the server was sent. */
function choosing(id: number): [State, object[]] {
  const sent: object[] = [];
  const world = { select() {}, sight() {}, follow() {} } as unknown as World;
  const source = { send: (message: object) => sent.push(message) } as unknown as Source;
  const state = new State(world, source, { tick: tick(1, [12], [WOLF]) } as unknown as Playback);
  state.setup = SETUP;
  state.select(id);
  return [state, sent];
}

test("the server is asked about no NPC, and its answer about nobody is the one waited for", () => {
  for (const [id, asked] of [
    [12, 12],
    [-9, -1],
  ]) {
    const [state, sent] = choosing(id);
    assert.deepEqual(sent, [{ type: "select", id: asked }]);
    assert.equal(state.thinker, asked);
  }
});

test("overlays name a selected NPC, and name nobody where it would have to think", () => {
  const [state] = choosing(-9);
  const sight = layersOf(SETUP)[1];
  assert.equal(titled(sight, state, -1), "Sight of level-9 wolf");
  const dependence = { ...sight, name: "Dependence", agent: true };
  assert.equal(titled(dependence, state, 0), "Dependence of agent … on A");
  assert.equal(titled(dependence, choosing(12)[0], 0), "Dependence of agent 12 on A");
  const values = Float32Array.from({ length: 100 }, (_, k) => k);
  assert.equal(under(values, state), "54 at level-9 wolf"); // row 5, column 4
});

test("an address keeps a selected NPC", () => {
  const seen = { realm: 0, tick: null, agent: -9, overlay: null, of: null, camera: null };
  assert.deepEqual(readAddress(writeAddress(seen)), seen);
  assert.equal(readAddress("#realm=0&agent=-1").agent, null);
});

test("numbers that nobody can have are refused in words", () => {
  assert.deepEqual(
    ["17", "0", "-5"].map(text => readNumber(text, true)),
    [17, 0, -5],
  );
  for (const text of ["1.5", "1e99", "-1"]) assert.equal(typeof readNumber(text, true), "string");
  assert.match(String(readNumber("-5", false)), /no NPCs here/);
});
