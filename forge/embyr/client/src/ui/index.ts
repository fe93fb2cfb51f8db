// The panels over the world, and what ties them to it.
import type { History, Source } from "../net/types";
import type { Covered, World } from "../scene/world";
import { indexOf } from "./chronicle";
import { h, type Icon, icon, note, setText } from "./dom";
import { Feed } from "./feed";
import { Inspector } from "./inspector";
import { type Key, Keys } from "./keys";
import type { EventKind } from "./kinds";
import { Layers } from "./layers";
import { MarketBoard } from "./market";
import { Minimap } from "./minimap";
import { NpcLegend } from "./npclegend";
import { Playback } from "./playback";
import { Populations } from "./populations";
import { ResourceLegend } from "./resources";
import { Seat } from "./seat";
import { type Panel, State } from "./state";
import { Strip } from "./strip";
import { Tally } from "./tally";
import { TimeBar } from "./timebar";
import { save, TopBar } from "./top";
import "./ui.css";
import "./panels.css";
import "./feed.css";
import "./bars.css";
import "./seat.css";
import "./items.css";

/** Shortest time between two looks at what the panels show; longer where the processor draws [ms]. */
const PAUSE = 110;
const PLAIN_PAUSE = 330;

/** Letters that go to the next event of a kind; with shift, to the one before. */
const JUMPS: [string, EventKind][] = [
  ["J", "death"],
  ["K", "kill"],
  ["B", "birth"],
];

export interface Ui {
  /** Put a line over the world. */
  note: (text: string) => void;
  readonly state: State;
  readonly seat: Seat;
  readonly layers: Layers;
}

/**
 * Put the panels into `root`. They hand setups and ticks on to the world, as time goes there.
 *
 * `history` has to be cleared at a setup, and to take in each tick, before the panels hear of it.
 */
export function createUi(root: HTMLElement, world: World, source: Source, history: History): Ui {
  const playback = new Playback(world, source, history);
  const state = new State(world, source, playback);
  const populations = new Populations(state);
  const npcs = new NpcLegend(state);
  const resources = new ResourceLegend(state);
  populations.element.append(npcs.element, resources.element);
  const feed = new Feed(state);
  const board = new MarketBoard(state);
  const layers = new Layers(state);
  const seat = new Seat(state);
  const inspector = new Inspector(state, seat.take);
  const strip = new Strip(state);
  const keys = new Keys([
    ...keyList(state, layers, strip, board, () => keys.toggle()),
    ...seat.keys(),
  ]);
  const panels: Panel[] = [
    new TopBar(state, {
      help: () => keys.toggle(),
      overlay: () => layers.next(1),
      lives: () => strip.toggle(),
    }),
    populations,
    new Minimap(state),
    layers,
    inspector,
    feed,
    new TimeBar(state),
    strip,
    seat,
    npcs,
    resources,
    board,
  ];
  const how = h("span", {}, state.status);
  const waiting = h(
    "p",
    { class: "panel waiting", role: "status" },
    "Waiting for the world …",
    how,
  );
  populations.element.append(h("div", { class: "chips" }, board.opener));
  arrange(root, panels, layers.legend, board.element, waiting, keys.dialog);
  const cover = () => world.cover(covered(root));
  new ResizeObserver(cover).observe(root);
  source.on("setup", () => waiting.remove());
  listen(root, state, source, panels, populations, feed, seat);
  world.onPick(id => {
    if (id !== null && seat.strike(id)) return;
    state.select(id);
    if (id !== null) root.dataset.tab = "inspector";
  });
  const plain = document.documentElement.classList.contains("plain");
  const look = () => {
    for (const panel of panels) panel.update();
    if (state.setup === null) setText(how, state.status);
  };
  window.setInterval(look, plain ? PLAIN_PAUSE : PAUSE);
  const middle = root.querySelector(".middle") as HTMLElement;
  return { note: text => middle.prepend(note(text)), state, seat, layers };
}

/** What the panels cover; those that can be put away do not count. */
function covered(root: HTMLElement): Covered {
  const box = (name: string) => root.querySelector(`:scope > ${name}`)?.getBoundingClientRect();
  const [left, right] = [box(".left"), box(".right")];
  // Where there is little room they have no boxes of their own.
  const beside = (left?.width ?? 0) > 0;
  return {
    left: beside ? (left?.right ?? 0) : 0,
    right: beside ? root.clientWidth - (right?.left ?? 0) : 0,
    top: box(".top")?.bottom ?? 0,
    bottom: root.clientHeight - (box(".timebar")?.top ?? root.clientHeight),
  };
}

function listen(
  root: HTMLElement,
  state: State,
  source: Source,
  panels: Panel[],
  populations: Populations,
  feed: Feed,
  seat: Seat,
): void {
  const { world, playback } = state;
  source.on("setup", setup => {
    state.setup = setup;
    state.ending = "";
    state.tally = new Tally(setup);
    state.thoughts.clear();
    state.select(null);
    world.cover(covered(root));
    world.setup(setup);
    playback.begin(setup);
    for (const panel of panels) panel.begin(setup);
  });
  source.on("tick", tick => {
    const derived = playback.arrive(tick);
    if (derived === null) return;
    state.tally?.add(tick, derived);
    populations.add();
    feed.add(derived.events, derived.counts);
    seat.arrive(derived.events);
  });
  source.on("status", status => {
    state.status = status;
  });
  source.on("error", text => state.say(text));
  source.on("inspection", inspection => {
    state.thoughts.add(inspection);
  });
  source.on("values", ({ tick, values }) => {
    const { history } = playback;
    const found = history.length > 0 ? history.at(indexOf(history, tick)) : null;
    if (found?.tick === tick && found.agents.n === values.length) found.agents.value = values;
  });
}

/** Lay the panels out; on small screens one at a time, chosen by a row of buttons. */
function arrange(
  root: HTMLElement,
  panels: Panel[],
  legend: HTMLElement,
  ...more: HTMLElement[]
): void {
  const [top, populations, map, layers, inspector, feed, time, strip, seat] = panels.map(
    ({ element }) => element,
  );
  const tabs: [string, Icon, string][] = [
    ["populations", "people", "Populations"],
    ["map", "map", "Map and overlay"],
    ["inspector", "eye", "Agent"],
    ["feed", "list", "Events"],
  ];
  const buttons = tabs.map(([name, drawing, title]) => {
    const press = () => {
      root.dataset.tab = root.dataset.tab === name ? "" : name;
    };
    return h(
      "button",
      { type: "button", "aria-label": title, title, "data-for": name, click: press },
      icon(drawing),
    );
  });
  root.classList.add("ui");
  root.dataset.tab = "";
  root.replaceChildren(
    top,
    h("div", { class: "side left" }, populations, h("div", { class: "maps" }, map, layers)),
    h("div", { class: "side right" }, inspector, feed),
    h("div", { class: "middle" }, legend, strip, seat),
    time,
    h("nav", { class: "tabbar", "aria-label": "Panels" }, ...buttons),
    ...more,
  );
}

function keyList(
  state: State,
  layers: Layers,
  strip: Strip,
  board: MarketBoard,
  help: () => void,
): Key[] {
  const { playback, world } = state;
  const key = (keys: string[], shown: string, about: string, press: () => void): Key => ({
    keys,
    shown,
    about,
    press,
  });
  const jumps = (letter: string, kind: EventKind): Key[] => {
    const keys = [letter.toLowerCase(), letter];
    const next = key(keys, letter, `next ${kind}; from now, the last`, () => state.jump(kind));
    const before = key(keys, `shift ${letter}`, `${kind} before`, () => state.jump(kind, -1));
    return [
      { ...next, shift: false },
      { ...before, shift: true },
    ];
  };
  return [
    key([" "], "space", "pause and play", () => playback.toggle()),
    key([","], ",", "a tick back", () => playback.step(-1)),
    key(["."], ".", "a tick on", () => playback.step(1)),
    key(["["], "[", "slower", () => playback.faster(-1)),
    key(["]"], "]", "faster", () => playback.faster(1)),
    key(["0"], "0", "back to now", () => playback.live()),
    ...JUMPS.flatMap(([letter, kind]) => jumps(letter, kind)),
    key(["n", "N"], "N", "next agent", () => state.cycle(1)),
    key(["m", "M"], "M", "agent before", () => state.cycle(-1)),
    key(["f", "F"], "F", "follow the agent", () => state.follow(!state.following)),
    key(["p", "P"], "P", "pin the agent", () => state.togglePin()),
    { ...key(["t", "T"], "T", "next overlay", () => layers.next(1)), shift: false },
    { ...key(["t", "T"], "shift T", "overlay before", () => layers.next(-1)), shift: true },
    key(["l", "L"], "L", "lives: agents by ticks", () => strip.toggle()),
    key(["o", "O"], "O", "the market board", () => board.toggle()),
    key(["h", "H", "Home"], "H", "the whole land", () => world.home()),
    key(["c", "C"], "C", "save a picture", () => void save(state)),
    key(["Escape"], "Esc", "let the agent go", () => state.select(null)),
    key(["?"], "?", "these keys", help),
  ];
}
