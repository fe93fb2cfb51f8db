import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../../src/net/history";
import type { Setup, Tick } from "../../src/net/types";
import { Chronicle, carry, indexOf } from "../../src/ui/chronicle";
import { deeds, moveBetween } from "../../src/ui/deeds";
import { noEvents } from "../../src/ui/kinds";
import { gather, measuresIn, type Order, UNKNOWN, type Whose } from "../../src/ui/lives";
import { rangeOf } from "../../src/ui/strip";
import { Tally } from "../../src/ui/tally";

const SETUP: Setup = {
  side: 3,
  border: 0,
  tiles: Uint8Array.from([2, 2, 2, 2, 3, 2, 2, 2, 2]),
  populations: [
    { name: "A", color: "#e69f00" },
    { name: "B", color: "#56b4e9" },
  ],
  maxHealth: 10,
  maxFood: 32,
  maxWater: 32,
  realm: 0,
  map: 0,
  combat: true,
  radius: 7,
  source: "",
  realms: [0],
  reach: [1, 2, 3],
  styleNames: ["melee", "range", "mage"],
  causeNames: ["lava", "starved", "dehydrated", "slain"],
  maxAgents: 4,
  again: "",
  unthinking: "",
  immunity: 15,
  happenings: [],
};

/** Agents given as [id, row, col, population, age]. */
function tick(number: number, rows: number[][], more: Partial<Tick> = {}): Tick {
  const n = rows.length;
  const column = (k: number) => rows.map(row => row[k] ?? 0);
  const zeros = new Int16Array(n);
  return {
    tick: number,
    agents: {
      n,
      id: Int32Array.from(column(0)),
      population: Uint16Array.from(column(3)),
      slot: new Uint16Array(n),
      row: Int16Array.from(column(1)),
      col: Int16Array.from(column(2)),
      age: Int32Array.from(column(4)),
      health: zeros,
      food: zeros,
      water: zeros,
      freeze: zeros,
      damage: zeros,
      immune: new Uint8Array(n),
    },
    tiles: [],
    attacks: [],
    births: [],
    deaths: [],
    happened: [],
    ...more,
  };
}

/** A tree is eaten, grows back and is eaten again. */
function story() {
  const history = new Kept();
  const chronicle = new Chronicle(SETUP);
  const kinds = [4, 3, 4];
  for (const [k, kind] of kinds.entries()) {
    const next = tick(k + 1, [[1, 1, k]], { tiles: [{ index: 4, kind }] });
    history.add(next);
    chronicle.add(next);
  }
  return { history, chronicle };
}

test("the map goes back and forth with time", () => {
  const { history, chronicle } = story();
  const tiles = chronicle.tiles.slice();
  assert.equal(tiles[4], 4);
  carry(tiles, history, chronicle, 2, 1);
  assert.equal(tiles[4], 3);
  carry(tiles, history, chronicle, 1, 0);
  assert.equal(tiles[4], 4);
  carry(tiles, history, chronicle, 0, 2);
  assert.deepEqual(tiles, chronicle.tiles);
});

test("a tick is found by its number, or else the last before it", () => {
  const { history } = story();
  assert.deepEqual(
    [0, 1, 2, 3, 99].map(number => indexOf(history, number)),
    [0, 0, 1, 2, 2],
  );
});

test("a death is told with who slew, how old, and where", () => {
  const chronicle = new Chronicle(SETUP);
  const both = [
    [1, 0, 0, 0, 9],
    [2, 0, 1, 1, 30],
  ];
  chronicle.add(tick(1, both));
  const deaths = [{ id: 1, cause: 3, killer: 2 }];
  const { events } = chronicle.add(tick(2, [[2, 0, 1, 1, 31]], { deaths }));
  assert.equal(events.length, 1);
  const { kind, other, otherPopulation, age, col, cause } = events[0];
  assert.deepEqual([kind, other, otherPopulation, age, col, cause], ["kill", 2, 1, 10, 0, 3]);
});

test("a longer life than all before it is a record", () => {
  const chronicle = new Chronicle(SETUP);
  chronicle.add(
    tick(1, [
      [1, 0, 0, 0, 4],
      [2, 0, 0, 0, 8],
    ]),
  );
  const death = (id: number) => ({ deaths: [{ id, cause: 1, killer: -1 }] });
  chronicle.add(tick(2, [[2, 0, 0, 0, 9]], death(1)));
  const { counts } = chronicle.add(tick(3, [], death(2)));
  assert.deepEqual(counts, { ...noEvents(), death: 1, record: 1 });
});

test("sums follow births and deaths", () => {
  const chronicle = new Chronicle(SETUP);
  const tally = new Tally(SETUP);
  const take = (next: Tick) => tally.add(next, chronicle.add(next));
  take(
    tick(
      1,
      [
        [1, 0, 0, 0, 9],
        [2, 2, 2, 1, 3],
      ],
      { births: [1, 2] },
    ),
  );
  take(tick(2, [[2, 2, 2, 1, 4]], { deaths: [{ id: 1, cause: 3, killer: 2 }] }));
  const [a, b] = tally.lines;
  assert.deepEqual([a.living, a.births, a.deaths, a.lifetime, a.causes[3]], [0, 1, 1, 10, 1]);
  assert.deepEqual([b.living, b.births, b.deaths, b.kills], [1, 1, 0, 1]);
  const all = [tally.visits.shown(-1), tally.visits.shown(1), tally.graves.shown(0)];
  assert.deepEqual(
    all.map(counts => [counts[0], counts[1], counts[8]]),
    [
      [1, Number.NaN, 2],
      [Number.NaN, Number.NaN, 2],
      [1, Number.NaN, Number.NaN],
    ],
  );
});

test("what an agent did is read off the ticks, newest first", () => {
  const { history } = story();
  const done = deeds(history, 2, 1, 5);
  assert.deepEqual(
    done.map(deed => [deed.tick, deed.move]),
    [
      [3, 1],
      [2, 1],
    ],
  );
});

test("a step is named by its direction", () => {
  const steps = [
    [0, 0],
    [0, 1],
    [1, 0],
    [0, -1],
    [-1, 0],
    [5, 5],
  ];
  assert.deepEqual(
    steps.map(([dr, dc]) => moveBetween(dr, dc)),
    [0, 1, 2, 3, 4, 0],
  );
});

const everybody = (order: Order): Whose => ({ population: -1, order, most: 10 });

test("lives are a row per agent, the youngest first, and a column per tick", () => {
  const history = new Kept();
  const melee = { attacks: [{ from: 2, to: 1, style: 0, damage: 10 }] };
  history.add(tick(1, [[1, 0, 0]]));
  history.add(
    tick(2, [
      [1, 0, 1],
      [2, 2, 2, 1],
    ]),
  );
  history.add(tick(3, [[2, 2, 2, 1]], melee));
  const { lives, values, columns } = gather(history, 2, 5, everybody("youngest"), "action");
  assert.deepEqual([lives.map(({ id }) => id), columns], [[2, 1], 3]);
  // Born in the second tick, then a melee; east, then dead.
  assert.deepEqual([...values], [Number.NaN, 0, 5, 0, 1, Number.NaN]);
});

test("lives of one population, the last ticks and the youngest only", () => {
  const history = new Kept();
  for (const number of [1, 2, 3]) {
    history.add(
      tick(number, [
        [1, 0, 0, 0],
        [2, 0, 0, 1],
        [3, 0, 0, 1],
      ]),
    );
  }
  const whose: Whose = { population: 1, order: "youngest", most: 1 };
  const { lives, columns, first, values } = gather(history, 2, 2, whose, "food");
  assert.deepEqual([lives.map(({ id }) => id), columns, first], [[3], 2, 1]);
  assert.deepEqual([...values], [0, 0]);
});

test("the lives of the living begin with the oldest, and say when each was born", () => {
  const history = new Kept();
  history.add(tick(40, [[7, 0, 0, 0, 3]])); // dies next
  history.add(
    tick(41, [
      [1, 0, 0, 1, 30],
      [8, 0, 0, 0, 5],
      [9, 0, 0, 0, 5],
    ]),
  );
  const { lives } = gather(history, 1, 5, everybody("oldest"), "health");
  assert.deepEqual(lives, [
    { id: 1, population: 1, born: 11, age: 30 },
    { id: 9, population: 0, born: 36, age: 5 },
    { id: 8, population: 0, born: 36, age: 5 },
  ]);
});

test("values are those that were sent, and unknown of who lives without", () => {
  const history = new Kept();
  const [first, then] = [1, 2].map(number => tick(number, [[1], [2, 0, 0, 1]]));
  then.agents.value = Float32Array.from([-0.5, Number.NaN]);
  for (const each of [first, then]) history.add(each);
  const { values } = gather(history, 1, 2, everybody("youngest"), "value");
  assert.deepEqual([...values], [UNKNOWN, UNKNOWN, UNKNOWN, -0.5]);
  assert.deepEqual(rangeOf("value", SETUP, Float32Array.from([...values, 1])), [-0.5, 1]);
  assert.deepEqual(rangeOf("food", SETUP, values), [0, 32]);
});

test("values are offered where a network decides", () => {
  assert.ok(measuresIn(SETUP).includes("value"));
  assert.ok(!measuresIn({ ...SETUP, unthinking: "a script" }).includes("value"));
});

test("nobody has a life before the first tick is there", () => {
  const { lives, columns } = gather(new Kept(), 0, 5, everybody("oldest"), "health");
  assert.deepEqual([lives, columns], [[], 0]);
});
