// What panels share: the shown world, who is selected, and what is left out.
import type { Setup, Source, Tick } from "../net/types";
import type { World } from "../scene/world";
import { Epochs } from "./epochs";
import type { EventKind } from "./kinds";
import { find, isNpc } from "./npcs";
import type { Playback } from "./playback";
import type { Tally } from "./tally";
import { Thoughts } from "./thoughts";

/** How long words stand in the status line that are of a moment [ms]. */
const MOMENT = 6000;

export class State {
  setup: Setup | null = null;
  tally: Tally | null = null;
  selected: number | null = null;
  following = false;
  /** The agent that is played by hand here. */
  played: number | null = null;
  readonly pins: number[] = [];
  readonly thoughts = new Thoughts();
  /** How the connection is. */
  status = "connecting";
  /** What is said at the end of a recording, in place of where its world comes from. */
  ending = "";
  private note = { text: "", until: 0 };
  /** What is known of the run that is watched. */
  readonly epochs = new Epochs();
  /** Populations that are left out. */
  readonly hidden = new Set<number>();

  constructor(
    readonly world: World,
    readonly source: Source,
    readonly playback: Playback,
  ) {}

  /** Say something that is soon of no interest any more. */
  say(text: string): void {
    this.note = { text, until: performance.now() + MOMENT };
  }

  /** What was said last, until it fades; empty: nothing. */
  get said(): string {
    return performance.now() < this.note.until ? this.note.text : "";
  }

  /** Go to the next death, kill or birth, or the one before; say so if none is kept. */
  jump(kind: EventKind, by: 1 | -1 = 1): void {
    const which = by > 0 ? "later" : "earlier";
    if (!this.playback.jump(kind, by)) this.say(`no ${which} ${kind} is kept`);
  }

  get tick(): Tick | null {
    return this.playback.tick;
  }

  /** The selected agent, whom the server is asked about; −1: nobody, or an NPC, which does not think. */
  get thinker(): number {
    return this.selected === null || isNpc(this.selected) ? -1 : this.selected;
  }

  select(id: number | null): void {
    this.selected = id;
    this.world.select(id);
    this.world.sight(id === null ? null : this.sightOf(id));
    this.source.send({ type: "select", id: this.thinker });
    if (id === null) this.follow(false);
    else if (this.following) this.world.follow(id);
  }

  /** How far an agent or an NPC sees; null: it is not known. */
  sightOf(id: number): number | null {
    return (isNpc(id) ? this.setup?.npcs?.sight : this.setup?.radius) ?? null;
  }

  follow(on: boolean): void {
    this.following = on && this.selected !== null;
    this.world.follow(this.following ? this.selected : null);
  }

  /** Go to an agent or an NPC, and come near if the camera is far. */
  visit(id: number): void {
    this.select(id);
    const { tick, setup } = this;
    if (tick === null || setup === null) return;
    const { rows, k } = find(tick, id);
    if (k >= 0) this.look(rows.row[k], rows.col[k]);
  }

  /** Look at a tile. */
  look(row: number, col: number): void {
    if (this.setup === null) return;
    const middle = this.setup.side / 2;
    const { distance } = this.world.view();
    const near = Math.min(distance, 26);
    this.world.go({ x: col + 0.5 - middle, z: row + 0.5 - middle, distance: near });
  }

  /** Select the agent after or before the selected one, in the order of ids. */
  cycle(by: 1 | -1): void {
    const { tick } = this;
    if (tick === null || tick.agents.n === 0) return;
    const ids = Array.from(tick.agents.id.subarray(0, tick.agents.n)).sort((a, b) => a - b);
    const none = this.selected === null || isNpc(this.selected);
    const at = none ? (by > 0 ? -1 : 0) : ids.indexOf(this.selected as number);
    this.visit(ids[(at + by + ids.length) % ids.length]);
  }

  togglePin(): void {
    if (this.selected === null) return;
    const at = this.pins.indexOf(this.selected);
    if (at >= 0) this.pins.splice(at, 1);
    else this.pins.push(this.selected);
  }

  /** Leave a population out, or show it again. */
  toggle(population: number): void {
    if (!this.hidden.delete(population)) this.hidden.add(population);
    this.world.hide(this.hidden);
  }

  /** Show one population alone; all, if it is alone already. */
  solo(population: number): void {
    const count = this.setup?.populations.length ?? 0;
    const alone = this.hidden.size === count - 1 && !this.hidden.has(population);
    this.hidden.clear();
    if (!alone) for (let p = 0; p < count; p++) if (p !== population) this.hidden.add(p);
    this.world.hide(this.hidden);
  }
}

/** A part of the page that shows the state. */
export interface Panel {
  readonly element: HTMLElement;
  /** Another realm is watched. */
  begin(setup: Setup): void;
  /** Show what is now so. */
  update(): void;
}
