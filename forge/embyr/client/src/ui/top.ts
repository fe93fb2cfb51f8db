// The top line: where this world comes from, which realm, how fast, and buttons.
import type { Setup } from "../net/types";
import { h, iconButton, setText } from "./dom";
import type { Panel, State } from "./state";

export interface Buttons {
  help: () => void;
  overlay: () => void;
  lives: () => void;
}

/** Save a picture of the world on the user's machine. */
export async function save(state: State): Promise<void> {
  const blob = await state.world.screenshot();
  const address = URL.createObjectURL(blob);
  const name = `forge-realm${state.setup?.realm ?? 0}-tick${state.tick?.tick ?? 0}.png`;
  h("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

export class TopBar implements Panel {
  readonly element: HTMLElement;
  private readonly source = h("p", { class: "source" });
  private readonly realms = h("select", { "aria-label": "Realm", hidden: true });
  private readonly status = h("span", { class: "status", role: "status" });
  private readonly again: HTMLButtonElement;
  private readonly frames = h("span", { class: "frames number", title: "Frames a second" });

  constructor(
    private readonly state: State,
    buttons: Buttons,
  ) {
    this.realms.addEventListener("change", () =>
      state.source.send({ type: "watch", realm: Number(this.realms.value) }),
    );
    this.again = iconButton("refresh", "Begin anew", () => state.source.send({ type: "fresh" }));
    this.element = h(
      "header",
      { class: "panel top" },
      h("h1", {}, "Forge"),
      this.source,
      this.realms,
      h("div", { class: "health" }, this.status, this.frames),
      h(
        "div",
        { class: "buttons" },
        this.again,
        iconButton("rows", "Lives: agents by ticks (L)", buttons.lives),
        iconButton("layers", "Overlay (T)", buttons.overlay),
        iconButton("home", "The whole land (H)", () => state.world.home()),
        iconButton("camera", "Save a picture (C)", () => void save(state)),
        iconButton("help", "Keys (?)", buttons.help),
      ),
    );
  }

  begin(setup: Setup): void {
    this.again.title = setup.again;
    this.again.setAttribute("aria-label", setup.again);
    this.realms.replaceChildren(
      ...setup.realms.map(realm => h("option", { value: realm }, `realm ${realm}`)),
    );
    this.realms.hidden = false;
    this.realms.value = String(setup.realm);
    this.realms.title = `Realm ${setup.realm}, on map ${setup.map}`;
    this.realms.disabled = setup.realms.length < 2;
  }

  update(): void {
    const { setup, playback, ending } = this.state;
    const status = playback.over ? "end of the recording" : this.state.status;
    if (setup !== null) {
      const { played } = this.state;
      const yours = played === null ? "" : `Yours: you play agent ${played}. `;
      const from = playback.over && ending !== "" ? ending : setup.source;
      setText(this.source, yours + from);
      this.source.title = yours + from;
    }
    const text = this.state.said || status;
    setText(this.status, text);
    this.status.title = text;
    const good = /^connected$|recording$/.test(status);
    this.status.classList.toggle("good", good && setup !== null);
    this.status.classList.toggle("waits", setup === null && /^connect(ed|ing)$/.test(status));
    // Where there is little room, that all is well is only a dot.
    this.status.classList.toggle("plain", text === "connected");
    const { frames } = this.state.world.info();
    setText(this.frames, frames > 0 ? `${Math.round(frames)} fps` : "");
  }
}
