// The page: a source of ticks, the world that they make, and panels around it.
import "./page.css";
import { goToTick, keepAddress, readAddress } from "./address";
import { createFlat } from "./flat";
import { Kept } from "./net/history";
import { RecordedSource, unpack } from "./net/recorded";
import { SocketSource } from "./net/socket";
import { findGraphics } from "./scene/stage";
import { createWorld, type World } from "./scene/world";
import { createUi } from "./ui";

declare global {
  interface Window {
    /** What scripts and tests may look at. */
    forge: {
      readonly ready: boolean;
      readonly frames: number;
      readonly tick: number;
      /** How many of the kept ticks come after the shown one. */
      readonly behind: number;
      readonly agents: number;
      readonly npcs: number;
      readonly realm: number;
      /** Whether the agent that is played can stay, go east, south, west, north; null: none is. */
      readonly moves: boolean[] | null;
      readonly errors: string[];
    };
  }
}

const errors: string[] = [];
window.addEventListener("error", ({ message }) => errors.push(message));
window.addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));

const canvas = document.getElementById("world") as HTMLCanvasElement;
const { host, protocol } = window.location;
const recording = document.getElementById("recording")?.textContent;
const source = recording
  ? new RecordedSource(unpack(recording))
  : new SocketSource(`${protocol === "https:" ? "wss" : "ws"}://${host}/socket`);
source.start(); // what it brings is heard once all below is made
// ?quality=full spares nothing, however slow: for pictures.
const adaptive = new URLSearchParams(window.location.search).get("quality") !== "full";
const isFlat = findGraphics() === "none";
const world: World = isFlat ? createFlat(canvas) : createWorld(canvas, { adaptive });
// Of a recording all ticks are there, from the beginning on.
const history = recording ? new Kept(Infinity, Infinity) : new Kept();

// The past is kept before the panels hear of the present.
source.on("setup", () => history.clear());
source.on("tick", tick => history.add(tick));
const root = document.getElementById("ui") as HTMLElement;
const { state, seat, layers, note } = createUi(root, world, source, history);
if (isFlat) note("This browser has no WebGL 2: flat map");
source.on("source", text => {
  if (source.recorded) state.ending = text;
  else if (state.setup) state.setup.source = text;
});
source.on("seats", told => seat.hear(told));
source.on("epochs", news => state.epochs.add(news));
source.on("pace", rate => state.playback.hear(rate));
keepPlace();

/** Go where the address says, and keep it as what is seen. */
function keepPlace(): void {
  const { playback } = state;
  let asked = readAddress(window.location.hash);
  let went = false;
  const go = () => {
    // More of a recording may still have to be read.
    const late = asked.tick !== null && asked.tick > (history.now()?.tick ?? -1);
    if (went || (late && source.reading)) return;
    went = true;
    if (asked.tick !== null) state.say(goToTick(playback, asked.tick) ?? "");
    if (asked.agent !== null) state.select(asked.agent);
    if (asked.overlay !== null) layers.show(asked.overlay, asked.of);
    if (asked.camera !== null) world.go(asked.camera);
  };
  const begin = () => {
    const elsewhere = asked.realm !== null && asked.realm !== state.setup?.realm;
    if (elsewhere) source.send({ type: "watch", realm: asked.realm as number });
    else if (history.length > 0) go();
  };
  begin();
  source.on("tick", () => {
    if (asked.realm === null || asked.realm === state.setup?.realm) go();
  });
  window.addEventListener("hashchange", () => {
    asked = readAddress(window.location.hash);
    went = false;
    begin();
  });
  keepAddress(() => ({
    realm: state.setup?.realm ?? null,
    tick: playback.mode === "live" ? null : (playback.tick?.tick ?? null),
    agent: state.selected,
    ...layers.shown,
    camera: world.view(),
  }));
}

let frames = 0;
function count(): void {
  if (history.length > 0) frames++;
  requestAnimationFrame(count);
}
requestAnimationFrame(count);

window.forge = {
  get ready() {
    return frames > 1;
  },
  get frames() {
    return frames;
  },
  get tick() {
    return state.tick?.tick ?? -1;
  },
  get behind() {
    return history.length - 1 - state.playback.index();
  },
  get agents() {
    return state.tick?.agents.n ?? 0;
  },
  get npcs() {
    return state.tick?.npcs?.n ?? 0;
  },
  get realm() {
    return state.setup?.realm ?? -1;
  },
  get moves() {
    return seat.moves;
  },
  errors,
};
