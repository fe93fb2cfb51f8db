// The whole page with a dumped world instead of a server.

import { Kept } from "../src/net/history";
import { createWorld } from "../src/scene/world";
import { createUi } from "../src/ui";
import { Played } from "./source";
import "../src/page.css";

const canvas = document.createElement("canvas");
canvas.id = "world";
const root = document.createElement("main");
document.body.append(canvas, root);
const asked = new URLSearchParams(location.search);
const source = await Played.open(asked.get("world") ?? "world.json");
const world = createWorld(canvas, { adaptive: asked.has("adaptive") });
const history = new Kept();
source.onSetup(() => history.clear());
source.onTick(tick => history.add(tick));
const ui = createUi(root, world, source, history);
source.start();
if (asked.has("still")) source.pause();
source.skip(Number(asked.get("skip") ?? 0));
Object.assign(window, { demo: { world, source, ui } });
