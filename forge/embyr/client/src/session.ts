// What the page shows: now, or some time of the last 2 000 ticks; and who is selected.
import { History } from "./net/history";
import type {
  EventKind,
  Happening,
  Inspection,
  Mode,
  Playback,
  Setup,
  Source,
  Tick,
} from "./net/types";

const RATE = 8;
/** Replays "as fast as it goes" show so many ticks a second. */
const FAST = 60;

/** What a session moves. */
export interface Screen {
  setup(setup: Setup): void;
  tick(tick: Tick, seconds: number): void;
  show(tick: Tick, tiles: Uint8Array): void;
  select(id: number | null): void;
  follow(id: number | null): void;
}

export class Session implements Playback {
  setup: Setup | null = null;
  shown: Tick | null = null;
  mode: Mode = "live";
  rate = RATE;
  selected: number | null = null;
  followed: number | null = null;
  inspection: Inspection | null = null;
  status = "Connecting …";
  connected = false;
  private history = new History(new Uint8Array(0));
  private callbacks: (() => void)[] = [];
  private timer = 0;
  private arrived = 0;
  private beat = 1 / RATE;
  private changed = false;

  constructor(
    private readonly source: Source,
    private readonly screen: Screen,
  ) {
    source.onSetup(setup => this.begin(setup));
    source.onTick(tick => this.add(tick));
    source.onStatus(status => {
      this.status = status;
      this.change();
    });
    source.onInspection(inspection => {
      if (inspection.id === this.selected) this.inspection = inspection;
      this.change();
    });
  }

  get first(): number {
    return this.history.get(0)?.tick ?? -1;
  }

  get last(): number {
    return this.history.get(this.history.size - 1)?.tick ?? -1;
  }

  kept(): readonly Tick[] {
    return this.history.ticks;
  }

  happenings(): readonly Happening[] {
    return this.history.happenings();
  }

  onChange(callback: () => void): void {
    this.callbacks.push(callback);
  }

  /** Say whether there is a connection. */
  connect(connected: boolean): void {
    this.connected = connected;
    this.status = connected ? this.status : "The connection is lost; trying again …";
    this.change();
  }

  /** Say where the world comes from by now. */
  comesFrom(source: string): void {
    if (this.setup) this.setup.source = source;
    this.change();
  }

  pause(): void {
    this.stop("paused");
  }

  play(): void {
    if (this.mode !== "paused") return;
    if (this.history.at >= this.history.size - 1) this.live();
    else this.replay();
  }

  step(by: number): void {
    this.stop("paused");
    this.turnTo(this.history.at + Math.sign(by), by > 0);
  }

  seek(tick: number): void {
    this.stop("paused");
    this.turnTo(this.history.nearest(tick), false);
  }

  jump(kind: EventKind, direction: number): boolean {
    const place = this.history.find(kind, this.history.at, direction);
    if (place < 0) return false;
    this.stop("paused");
    this.turnTo(place, false);
    return true;
  }

  live(): void {
    this.stop("live");
    this.turnTo(this.history.size - 1, false);
  }

  speed(rate: number): void {
    this.rate = rate;
    if (this.mode === "live") this.source.send({ type: "speed", rate });
    else if (this.mode === "replay") this.replay();
    this.change();
  }

  select(id: number | null): void {
    if (id === this.selected) return;
    this.selected = id;
    this.inspection = null;
    this.screen.select(id);
    if (id === null) this.follow(null);
    this.source.send({ type: "select", id: id ?? -1 });
    this.change();
  }

  follow(id: number | null): void {
    this.followed = id;
    this.screen.follow(id);
    this.change();
  }

  watch(realm: number): void {
    if (realm === this.setup?.realm) return;
    this.select(null);
    this.source.send({ type: "watch", realm });
  }

  fresh(): void {
    this.source.send({ type: "fresh" });
  }

  private begin(setup: Setup): void {
    const same = setup.realm === this.setup?.realm;
    const { selected, followed } = this;
    this.stop("live");
    this.setup = setup;
    this.shown = null;
    this.history = new History(setup.tiles.slice());
    this.screen.setup(setup);
    this.selected = this.followed = null;
    this.inspection = null;
    if (same && selected !== null) {
      this.select(selected);
      if (followed !== null) this.follow(followed);
    }
    this.change();
  }

  private add(tick: Tick): void {
    const now = performance.now();
    // Agents walk for as long as ticks are apart, smoothed.
    if (this.arrived > 0) {
      const apart = Math.min(2, Math.max(0.016, (now - this.arrived) / 1000));
      this.beat += (apart - this.beat) * 0.2;
    }
    this.arrived = now;
    this.history.add(tick);
    if (this.mode === "live") this.turnTo(this.history.size - 1, true);
    else this.change();
  }

  /** Show the tick at a place; it follows the shown one, or not. */
  private turnTo(place: number, follows: boolean): void {
    const tick = this.history.get(place);
    if (tick === null) return;
    this.history.seek(place);
    const seconds = this.mode === "live" ? this.beat : 1 / (this.rate || FAST);
    if (follows || this.shown === null) this.screen.tick(tick, seconds);
    else this.screen.show(tick, this.history.tiles);
    this.shown = tick;
    this.change();
  }

  private replay(): void {
    this.stop("replay");
    this.timer = window.setInterval(() => this.advance(), 1000 / (this.rate || FAST));
  }

  private advance(): void {
    if (this.history.at >= this.history.size - 1) this.live();
    else this.turnTo(this.history.at + 1, true);
  }

  private stop(mode: Mode): void {
    window.clearInterval(this.timer);
    this.mode = mode;
    this.change();
  }

  /** Tell once a frame that something has changed. */
  private change(): void {
    if (this.changed) return;
    this.changed = true;
    requestAnimationFrame(() => {
      this.changed = false;
      for (const call of this.callbacks) call();
    });
  }
}
