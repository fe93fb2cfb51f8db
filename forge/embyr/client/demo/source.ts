// A source without a server: plays a world that demo/dump.py has written, again and again.
import type { Agents, Command, Inspection, Setup, Source, Tick } from "../src/net/types";

interface Dumped {
  setup: Omit<Setup, "tiles"> & { tiles: number[]; immunity: number };
  ticks: {
    tick: number;
    agents: Record<string, number[]>;
    tiles: [number, number][];
    attacks: [number, number, number, number][];
    births: number[];
    deaths: [number, number, number][];
  }[];
}

function agentsOf(columns: Record<string, number[]>, immunity: number): Agents {
  return {
    n: columns.id.length,
    id: Int32Array.from(columns.id),
    population: Uint16Array.from(columns.population),
    slot: Uint16Array.from(columns.slot),
    row: Int16Array.from(columns.row),
    col: Int16Array.from(columns.col),
    age: Int32Array.from(columns.age),
    health: Int16Array.from(columns.health),
    food: Int16Array.from(columns.food),
    water: Int16Array.from(columns.water),
    freeze: Int16Array.from(columns.freeze),
    damage: Int16Array.from(columns.damage),
    immune: Uint8Array.from(columns.age, age => (age < immunity ? 1 : 0)),
  };
}

function read({ setup, ticks }: Dumped): { setup: Setup; ticks: Tick[] } {
  return {
    setup: { ...setup, tiles: Uint8Array.from(setup.tiles) },
    ticks: ticks.map(given => ({
      tick: given.tick,
      agents: agentsOf(given.agents, setup.immunity),
      tiles: given.tiles.map(([index, kind]) => ({ index, kind })),
      attacks: given.attacks.map(([from, to, style, damage]) => ({ from, to, style, damage })),
      births: given.births,
      deaths: given.deaths.map(([id, cause, killer]) => ({ id, cause, killer })),
    })),
  };
}

/** Plays a dumped world; what agents think is invented. */
export class Played implements Source {
  private setups: ((setup: Setup) => void)[] = [];
  private ticks: ((tick: Tick) => void)[] = [];
  private statuses: ((status: string) => void)[] = [];
  private inspections: ((inspection: Inspection) => void)[] = [];
  private at = 0;
  private timer = 0;
  private selected = -1;
  private rate = 8;

  private constructor(
    readonly setup: Setup,
    readonly dumped: Tick[],
  ) {}

  static async open(address: string): Promise<Played> {
    const { setup, ticks } = read(await (await fetch(address)).json());
    return new Played(setup, ticks);
  }

  start(): void {
    for (const call of this.setups) call(this.setup);
    for (const call of this.statuses) call("connected");
    this.play();
  }

  /** Play so many ticks at once. */
  skip(ticks: number): void {
    for (let k = 0; k < ticks; k++) this.next();
  }

  pause(): void {
    clearInterval(this.timer);
    this.timer = 0;
  }

  play(): void {
    this.pause();
    this.timer = window.setInterval(() => this.next(), 1000 / this.rate);
  }

  private next(): void {
    if (this.at === this.dumped.length) {
      this.at = 0;
      for (const call of this.setups) call(this.setup);
    }
    const tick = this.dumped[this.at++];
    for (const call of this.ticks) call(tick);
    if (this.selected >= 0) this.inspect(tick);
  }

  private inspect(tick: Tick): void {
    const { agents } = tick;
    const k = agents.id.indexOf(this.selected);
    if (k < 0) return;
    const { radius } = this.setup;
    const weights = Array.from({ length: 5 }, (_, m) =>
      Math.exp(2 * Math.sin(tick.tick * 0.7 + m * 2)),
    );
    const sum = weights.reduce((a, b) => a + b);
    const others = Array.from(agents.id).filter(
      (_, j) =>
        j !== k &&
        Math.abs(agents.row[j] - agents.row[k]) <= radius &&
        Math.abs(agents.col[j] - agents.col[k]) <= radius,
    );
    const inspection: Inspection = {
      id: this.selected,
      tick: tick.tick,
      moves: weights.map(w => w / sum),
      styles: [0.4, 0.3, 0.2, 0.1],
      targets: others.slice(0, 4).map((id, j) => ({ id, p: [0.5, 0.25, 0.15, 0.1][j] })),
      value: 5 + 3 * Math.sin(tick.tick * 0.1),
      sight: {
        row: agents.row[k] - radius,
        col: agents.col[k] - radius,
        side: 2 * radius + 1,
        others,
        canMove: [true, true, true, false, true],
      },
    };
    for (const call of this.inspections) call(inspection);
  }

  onSetup(callback: (setup: Setup) => void): void {
    this.setups.push(callback);
  }
  onTick(callback: (tick: Tick) => void): void {
    this.ticks.push(callback);
  }
  onStatus(callback: (status: string) => void): void {
    this.statuses.push(callback);
  }
  onInspection(callback: (inspection: Inspection) => void): void {
    this.inspections.push(callback);
  }
  send(command: Command): void {
    if (command.type === "select") this.selected = command.id;
    if (command.type === "pause") this.pause();
    if (command.type === "play") this.play();
    if (command.type === "step") this.next();
    if (command.type === "speed") {
      this.rate = command.rate;
      if (this.timer !== 0) this.play();
    }
  }
}
