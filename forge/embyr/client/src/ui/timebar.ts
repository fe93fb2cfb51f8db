// The time bar: pause, step, speed, scrub, and jumps to what happened.
import { h, iconButton, penOf, setText, swapIcon } from "./dom";
import { RATES } from "./playback";
import type { Panel, State } from "./state";

/** Lines of marks, from the top; the buttons that go there have the same colours. */
const MARKS = [
  ["birth", "#7fd1ae"],
  ["death", "#b9b4c4"],
  ["kill", "#ff7a59"],
] as const;

/** A button that goes to the next event of a kind, with shift to the one before. */
function jumper(kind: keyof typeof JUMPERS, state: State): HTMLButtonElement {
  const [drawing, key] = JUMPERS[kind];
  const label = `Next ${kind} (${key}); with shift, the one before`;
  const press = (event: Event) => state.jump(kind, (event as MouseEvent).shiftKey ? -1 : 1);
  const button = iconButton(drawing, label, press);
  button.style.color = MARKS.find(([name]) => name === kind)?.[1] ?? "";
  return button;
}

const MARKED = "Ticks that are kept, with births (green), deaths (grey) and kills (red)";
const JUMPERS = { death: ["skull", "J"], kill: ["sword", "K"], birth: ["birth", "B"] } as const;

export class TimeBar implements Panel {
  readonly element: HTMLElement;
  private readonly playing: HTMLButtonElement;
  private readonly slider = h("input", {
    type: "range",
    min: "0",
    max: "0",
    step: "1",
    "aria-label": "Tick",
  });
  private readonly marks = h("canvas", { class: "marks", "aria-hidden": "true" });
  private readonly now = h("output", { class: "tick" });
  private readonly live: HTMLButtonElement;
  private readonly rates = h("select", { "aria-label": "Ticks per second", title: "Speed" });
  private counted = -1;

  constructor(private readonly state: State) {
    const { playback } = state;
    this.playing = iconButton("pause", "Pause (space)", () => playback.toggle());
    this.live = h(
      "button",
      { type: "button", class: "live", title: "Back to now (0)", click: () => playback.live() },
      "now",
    );
    for (const rate of RATES) {
      this.rates.append(h("option", { value: rate }, rate > 0 ? `${rate}/s` : "max"));
    }
    this.rates.addEventListener("change", () => playback.setRate(Number(this.rates.value)));
    this.slider.addEventListener("input", () => playback.seek(Number(this.slider.value)));
    this.element = h(
      "section",
      { class: "panel timebar", "aria-label": "Time" },
      h(
        "div",
        { class: "buttons" },
        iconButton("back", "A tick back (,)", () => playback.step(-1)),
        this.playing,
        iconButton("forth", "A tick on (.)", () => playback.step(1)),
      ),
      h("div", { class: "track", title: MARKED }, this.marks, this.slider),
      this.now,
      this.rates,
      h(
        "div",
        { class: "buttons jumps" },
        jumper("death", state),
        jumper("kill", state),
        jumper("birth", state),
      ),
      this.live,
    );
  }

  begin(): void {
    this.counted = -1;
    if (!this.state.source.recorded) return;
    setText(this.live, "end");
    this.live.title = "To the end (0)";
  }

  update(): void {
    const { playback } = this.state;
    const { history, mode, tick } = playback;
    const last = Math.max(0, history.length - 1);
    this.slider.max = String(last);
    const index = playback.index();
    if (this.slider.value !== String(index)) this.slider.value = String(index);
    this.slider.setAttribute("aria-valuetext", `tick ${tick?.tick ?? 0}`);
    setText(this.now, tick === null ? "–" : `tick ${tick.tick.toLocaleString("en")}`);
    const paused = mode === "paused";
    swapIcon(this.playing, paused ? "play" : "pause", paused ? "Play (space)" : "Pause (space)");
    const newest = mode === "live" || playback.over;
    this.live.classList.toggle("on", newest);
    this.live.setAttribute("aria-pressed", String(newest));
    if (document.activeElement !== this.rates) this.rates.value = String(playback.rate);
    this.draw(last);
  }

  /** Mark the kept ticks in which something happened, as densely as it did. */
  private draw(last: number): void {
    const { history, chronicle } = this.state.playback;
    const newest = history.now()?.tick ?? -1;
    if (newest === this.counted || chronicle === null) return;
    this.counted = newest;
    const pen = penOf(this.marks);
    if (pen === null || last < 1) return;
    const [width, height] = [this.marks.clientWidth, this.marks.clientHeight];
    const columns = Math.max(1, Math.floor(width / 3));
    const third = height / MARKS.length;
    for (const [line, [kind, color]] of MARKS.entries()) {
      const counts = new Uint32Array(columns);
      for (let i = 0; i <= last; i++) {
        const count = chronicle.of(history.at(i))?.counts[kind] ?? 0;
        counts[Math.floor((i / (last + 1)) * columns)] += count;
      }
      const most = counts.reduce((a, b) => Math.max(a, b), 1);
      pen.fillStyle = color;
      for (let k = 0; k < columns; k++) {
        if (counts[k] === 0) continue;
        pen.globalAlpha = 0.25 + 0.75 * (counts[k] / most);
        pen.fillRect(k * 3, line * third + 0.5, 2, third - 1);
      }
    }
    pen.globalAlpha = 1;
  }
}
