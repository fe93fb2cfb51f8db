// Keys, and the page that lists them.
import { leaveChoices, takesKey } from "../scene/controls";
import { h, iconButton } from "./dom";

export interface Key {
  /** As the browser names it: KeyboardEvent.key. */
  keys: string[];
  /** Whether shift has to be held, or must not be; by default either will do. */
  shift?: boolean;
  shown: string;
  about: string;
  press: () => void;
}

/** Keys that the world itself takes. */
const WORLD: [string, string][] = [
  ["W A S D, arrows, drag", "move over the land"],
  ["Q E, right drag", "turn and tilt"],
  ["+ −, wheel, pinch", "near and far"],
  ["click", "choose an agent"],
];

export class Keys {
  readonly dialog: HTMLDialogElement;

  constructor(private readonly keys: Key[]) {
    const rows = [
      ...WORLD,
      ...keys.map(({ shown, about }) => [shown, about] as [string, string]),
    ].map(([shown, about]) =>
      h("div", { class: "key" }, h("dt", {}, h("kbd", {}, shown)), h("dd", {}, about)),
    );
    this.dialog = h(
      "dialog",
      { class: "panel help", "aria-label": "Keys" },
      h("h2", {}, "Keys"),
      iconButton("close", "Close (Esc)", () => this.dialog.close()),
      h("dl", {}, ...rows),
    );
    this.dialog.addEventListener("click", event => {
      if (event.target === this.dialog) this.dialog.close();
    });
    window.addEventListener("keydown", event => this.down(event));
    leaveChoices();
  }

  toggle(): void {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }

  private down(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (takesKey(event.target, event.key)) return;
    const { target } = event;
    // Space and Enter press a focused button; they are not ours then.
    if (target instanceof HTMLButtonElement && (event.key === " " || event.key === "Enter")) return;
    const key = this.keys.find(
      ({ keys, shift }) => keys.includes(event.key) && (shift ?? event.shiftKey) === event.shiftKey,
    );
    if (key === undefined || (this.dialog.open && event.key !== "?")) return;
    event.preventDefault();
    key.press();
  }
}
