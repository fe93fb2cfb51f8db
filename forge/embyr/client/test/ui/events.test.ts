import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../../src/net/history";
import type { Happened, Npcs, Setup, Tick } from "../../src/net/types";
import { A_TICK, Chronicle } from "../../src/ui/chronicle";
import { EVENT_KINDS, type EventKind } from "../../src/ui/kinds";
import { parts, sentence } from "../../src/ui/sentences";

const NAMES = [
  "",
  "eat",
  "drink",
  "shoot",
  "level_up",
  "loot",
  "consume",
  "equip",
  "take_off",
  "destroy",
  "harvest",
  "find_gold",
  "offer",
  "sell",
  "give",
  "give_gold",
];
const [HAT, GLOVES, ARROW] = [1, 2, 3];
const SETUP = {
  side: 10,
  tiles: new Uint8Array(100),
  populations: [
    { name: "A", color: "#e69f00" },
    { name: "B", color: "#56b4e9" },
  ],
  combat: true,
  styleNames: ["melee", "mage"],
  causeNames: ["alive", "lava", "starved", "dehydrated", "slain"],
  skills: { names: ["melee", "mage", "fishing"], reached: [0, 90] },
  items: { kinds: ["nothing", "hat", "gloves", "arrow"].map(name => ({ name })) },
  npcs: { kinds: ["deer", "boar", "wolf"].map(name => ({ kind: name, name })) },
  quests: [
    { name: "drink 3 ×", about: "drank", first: 0, goal: 3 },
    { name: "level 2", about: "level", first: 1, goal: 1 },
  ],
  happenings: NAMES,
} as unknown as Setup;
const WOLF = -7;

/** What a row says; code by name. */
function row(name: string, who: number, more: Partial<Happened> = {}): Happened {
  const code = NAMES.indexOf(name);
  return { ago: 0, who, other: -1, number: 1, code, kind: 0, level: 0, price: 0, ...more };
}

/** A tick with agents of the ids, odd ones of population B, and a level-3 wolf. */
function tick(
  number: number,
  ids: number[],
  more: Partial<Tick> = {},
  done = ids.map(() => 0),
): Tick {
  const n = ids.length;
  const agents = {
    n,
    id: Int32Array.from(ids),
    population: Uint16Array.from(ids, id => id % 2),
    row: new Int16Array(n).fill(4),
    col: Int16Array.from(ids),
    age: new Int32Array(n).fill(20),
    quests: { number: new Uint8Array(n).fill(1), progress: Int32Array.from(done) },
  } as unknown as Tick["agents"];
  const npcs = {
    n: 1,
    id: Int32Array.of(WOLF),
    kind: Uint8Array.of(3),
    level: Uint8Array.of(3),
    row: Int16Array.of(6),
    col: Int16Array.of(6),
    age: Int32Array.of(9),
  } as unknown as Npcs;
  const none = { tiles: [], attacks: [], births: [], deaths: [], happened: [] };
  return { tick: number, agents, npcs, ...none, ...more };
}

/** What is told of a second tick, in which agents 2 and 3 live, as 4 did before. */
function second(more: Partial<Tick>, done = [0, 0]) {
  const chronicle = new Chronicle(SETUP);
  chronicle.add(tick(1, [2, 3, 4]));
  return chronicle.add(tick(2, [2, 3], more, done));
}

function told(...happened: Happened[]): string[] {
  return second({ happened }).events.map(event => sentence(event, SETUP));
}

/** An event of each kind, and how it is said. */
const SAID: [EventKind, Partial<Tick>, string][] = [
  ["birth", { births: [3] }, "3 is born"],
  ["death", { deaths: [{ id: 4, cause: 2, killer: -1 }] }, "4 dies (starved), aged 21"],
  ["kill", { deaths: [{ id: 4, cause: 4, killer: 3 }] }, "3 slays 4, aged 21"],
  ["hunt", { deaths: [{ id: WOLF, cause: 4, killer: 2 }] }, "2 slays a level-3 wolf"],
  ["hit", { attacks: [{ from: 2, to: 3, style: 1, damage: 8 }] }, "2 hits 3 with mage for 8"],
  ["eat", { happened: [row("eat", 2)] }, "2 eats"],
  ["drink", { happened: [row("drink", 2)] }, "2 drinks"],
  ["shot", { happened: [row("shoot", 2, { kind: ARROW, level: 2 })] }, "2 spends a level-2 arrow"],
  ["level", { happened: [row("level_up", 2, { kind: 3, level: 2 })] }, "2 reaches fishing level 2"],
  [
    "loot",
    { happened: [row("loot", 2, { kind: HAT, level: 4, other: WOLF })] },
    "2 takes a level-4 hat from a level-3 wolf",
  ],
  [
    "harvest",
    { happened: [row("harvest", 2, { kind: ARROW, level: 1 })] },
    "2 harvests a level-1 arrow",
  ],
  [
    "equip",
    { happened: [row("equip", 2, { kind: GLOVES, level: 1 })] },
    "2 puts on level-1 gloves",
  ],
  [
    "undress",
    { happened: [row("take_off", 2, { kind: HAT, level: 1 })] },
    "2 takes off a level-1 hat",
  ],
  [
    "consume",
    { happened: [row("consume", 2, { kind: HAT, level: 1 })] },
    "2 consumes a level-1 hat",
  ],
  [
    "destroy",
    { happened: [row("destroy", 2, { kind: ARROW, level: 1, number: 9 })] },
    "2 destroys 9 level-1 arrows",
  ],
  [
    "sale",
    { happened: [row("sell", 2, { kind: HAT, level: 2, other: 3, price: 4 })] },
    "2 sells a level-2 hat to 3 for 4 gold",
  ],
  [
    "offer",
    { happened: [row("offer", 2, { kind: HAT, level: 2, price: 6 })] },
    "2 offers a level-2 hat for 6 gold",
  ],
  [
    "gift",
    { happened: [row("give", 2, { kind: HAT, level: 1, other: 3 })] },
    "2 gives a level-1 hat to 3",
  ],
  ["gold", { happened: [row("find_gold", 2, { number: 5, other: 4 })] }, "2 takes 5 gold from 4"],
];

for (const [kind, more, said] of SAID) {
  test(`of the kind ${kind}: ${said}`, () => {
    const { events, counts } = second(more);
    assert.deepEqual(
      events.map(event => [event.kind, sentence(event, SETUP)]),
      [[kind, said]],
    );
    assert.equal(counts[kind], 1);
  });
}

test("every kind of event has words", () => {
  const others = ["record", "quest"]; // below, and with the time bar
  assert.deepEqual([...SAID.map(([kind]) => kind), ...others].sort(), [...EVENT_KINDS].sort());
});

test("a quest is fulfilled once, in the tick in which its last step is done", () => {
  const chronicle = new Chronicle(SETUP);
  const said = [2, 3, 3].map((done, k) => {
    const { events } = chronicle.add(tick(k, [2], {}, [done]));
    return events.map(event => sentence(event, SETUP));
  });
  assert.deepEqual(said, [[], ["2 fulfils its quest: drink 3 ×"], []]);
});

test("whoever is born with a quest that is done is not told of", () => {
  const chronicle = new Chronicle(SETUP);
  chronicle.add(tick(1, [2]));
  const { counts } = chronicle.add(tick(2, [2, 3], { births: [3] }, [0, 3]));
  assert.equal(counts.quest, 0);
});

test("what one agent takes of one other is one event, and what the next takes is another", () => {
  const of = (who: number, kind: number, other = 4) => row("loot", who, { kind, level: 1, other });
  assert.deepEqual(told(of(2, HAT), of(2, GLOVES), of(2, ARROW), of(3, HAT), of(3, HAT, WOLF)), [
    "2 takes a level-1 hat, level-1 gloves and 1 more from 4",
    "3 takes a level-1 hat from 4",
    "3 takes a level-1 hat from a level-3 wolf",
  ]);
});

test("gold that is given is told as a gift", () => {
  assert.deepEqual(told(row("give_gold", 3, { other: 2 })), ["3 gives 1 gold to 2"]);
});

test("an NPC's hit is told of the agent's place and population", () => {
  const { events } = second({ attacks: [{ from: WOLF, to: 3, style: 0, damage: 30 }] });
  const [{ id, other, population, col }] = events;
  assert.deepEqual([id, other, population, col], [WOLF, 3, 1, 3]);
  assert.equal(sentence(events[0], SETUP), "a level-3 wolf hits 3 with melee for 30");
});

test("who has died since is told of where it was, and rows of unknown agents are left out", () => {
  const { events } = second({ happened: [row("eat", 4), row("eat", 99)] });
  assert.deepEqual(
    events.map(({ id, col, population }) => [id, col, population]),
    [[4, 4, 0]],
  );
});

test("what happened some ticks before is told of that tick", () => {
  const { events } = second({ happened: [row("drink", 2, { ago: 1 })] });
  assert.equal(events[0].tick, 1);
});

test("of many alike in one tick all are counted and the first are told", () => {
  const drinks = Array.from({ length: 20 }, () => row("drink", 2));
  const loot = row("loot", 2, { kind: HAT, level: 1, other: 4 });
  const more = Array.from({ length: 9 }, (_, k) => ({ ...loot, other: 50 + k }));
  const { events, counts } = second({ happened: [...drinks, ...more, more[8]] });
  assert.deepEqual([counts.drink, counts.loot, events.length], [20, 9, 2 * A_TICK]);
  assert.ok(events.every(({ kind, pieces }) => kind === "drink" || pieces.length === 1));
});

test("everybody who is named can be clicked", () => {
  const sale = row("sell", 2, { kind: HAT, level: 2, other: 3, price: 4 });
  const hunt = second({ deaths: [{ id: WOLF, cause: 4, killer: 2 }] }).events[0];
  const clicked = [second({ happened: [sale] }).events[0], hunt].map(event =>
    parts(event, SETUP).flatMap(part => (typeof part === "string" ? [] : [part.id])),
  );
  assert.deepEqual(clicked, [
    [2, 3],
    [2, WOLF],
  ]);
});

test("all that one agent took part in is found in a history, however crowded it is", () => {
  const chronicle = new Chronicle(SETUP);
  const history = new Kept();
  const drinks = Array.from({ length: 20 }, () => row("drink", 3));
  const sale = row("sell", 3, { kind: HAT, level: 2, other: 2, price: 4 });
  const death = { deaths: [{ id: 2, cause: 4, killer: 3 }] };
  const ticks = [
    tick(1, [2, 3], { births: [2] }),
    tick(2, [2, 3], { happened: [...drinks, row("drink", 2), sale] }, [3, 3]),
    tick(3, [3], death),
  ];
  const found = ticks.flatMap((each, k) => {
    history.add(each);
    chronicle.add(each);
    return chronicle.about(history, k, 2).map(event => sentence(event, SETUP));
  });
  assert.deepEqual(found, [
    "2 is born",
    "2 drinks",
    "3 sells a level-2 hat to 2 for 4 gold",
    "2 fulfils its quest: drink 3 ×",
    "3 slays 2, aged 21",
  ]);
});
