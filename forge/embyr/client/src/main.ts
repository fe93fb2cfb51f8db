// The page: a source of ticks, the world that they make, and panels around it.
import "./page.css";
import { createFlat } from "./flat";
import { Kept } from "./net/history";
import { SocketSource } from "./net/socket";
import type { Setup } from "./net/types";
import { createWorld, type World } from "./scene/world";

declare global {
  interface Window {
    /** What scripts and tests may look at. */
    forge: {
      readonly ready: boolean;
      readonly frames: number;
      readonly tick: number;
      readonly agents: number;
      readonly realm: number;
      readonly errors: string[];
    };
  }
}

const errors: string[] = [];
window.addEventListener("error", ({ message }) => errors.push(message));
window.addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));

function hasWebGL2(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

const canvas = document.getElementById("world") as HTMLCanvasElement;
const world: World = hasWebGL2() ? createWorld(canvas) : createFlat(canvas);
const { host, protocol } = window.location;
const source = new SocketSource(`${protocol === "https:" ? "wss" : "ws"}://${host}/socket`);
const history = new Kept();
let setup: Setup | null = null;

source.onSetup(found => {
  setup = found;
  history.clear();
  world.setup(found);
});
source.onTick(tick => {
  history.add(tick);
  world.tick(tick, 1 / 8);
});
let frames = 0;
function count(): void {
  if (history.length > 0) frames++;
  requestAnimationFrame(count);
}
requestAnimationFrame(count);
source.start();

window.forge = {
  get ready() {
    return frames > 1;
  },
  get frames() {
    return frames;
  },
  get tick() {
    return history.now()?.tick ?? -1;
  },
  get agents() {
    return history.now()?.agents.n ?? 0;
  },
  get realm() {
    return setup?.realm ?? -1;
  },
  errors,
};
