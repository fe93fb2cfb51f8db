// The world alone, without panels: for looking at it.
import { createWorld } from "../src/scene/world";
import { Played } from "./source";

declare global {
  interface Window {
    demo: { world: ReturnType<typeof createWorld>; source: Played };
  }
}

const canvas = document.createElement("canvas");
canvas.style.cssText = "position:fixed;inset:0;width:100%;height:100%";
document.body.style.margin = "0";
document.body.append(canvas);
const asked = new URLSearchParams(location.search);
const source = await Played.open(asked.get("world") ?? "world.json");
const world = createWorld(canvas, { adaptive: asked.has("adaptive") });
let rate = 8;
source.onSetup(setup => world.setup(setup));
source.onTick(tick => world.tick(tick, 1 / rate));
if (asked.has("rate")) {
  rate = Number(asked.get("rate"));
  source.send({ type: "speed", rate });
}
source.start();
if (asked.has("still")) source.pause();
source.skip(Number(asked.get("skip") ?? 0));
window.demo = { world, source };
