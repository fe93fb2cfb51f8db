// Read what the server sends; forge/embyr/packets.py writes it, and says how.
import { bagsOf } from "./items.ts";
import { pursesOf } from "./purses.ts";
import { skillsOf } from "./skills.ts";
import { drawnKinds } from "./tiles.ts";
import type { Agents, Attack, Death, Happened, Npcs, Overlay, Setup, Tick, Values } from "./types";

const LAND = 1;
const TICK = 2;
const DRAWN = 3;
const VALUES = 4;
/** Steps of the numbers of overlays and values. */
const LEVELS = 254;
const LOG = 1;
export const VERSION = 4;

interface Column {
  name: string;
  /** What it grows by in every tick. */
  step: number;
}

interface RowColumn {
  name: string;
  /** What it mostly holds; null: what it holds in the row before. */
  usual: number | null;
}

export interface Hello {
  type: "hello";
  version: number;
  schema: {
    columns: Column[];
    changes: string[];
    attacks: string[];
    deaths: string[];
    /** None where the world has no NPCs. */
    npcs: Column[];
    happened: RowColumn[];
  };
  setting: Omit<Setup, "tiles" | "realms"> & { tileNames: string[] };
  realms: number[];
}

type Table = Map<string, Float64Array>;

/** A message that cannot be read: the connection has to begin anew. */
export class PacketError extends Error {}

/** Reads numbers one after the other, little-endian. */
class Reader {
  private at = 0;
  private readonly view: DataView;

  constructor(buffer: ArrayBuffer) {
    this.view = new DataView(buffer);
  }

  get left(): number {
    return this.view.byteLength - this.at;
  }

  private next(size: number): number {
    if (this.left < size) throw new PacketError("a message ends too early");
    this.at += size;
    return this.at - size;
  }

  byte(): number {
    return this.view.getUint8(this.next(1));
  }

  count(): number {
    return this.view.getUint32(this.next(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.next(8), true);
  }

  bytes(size: number): Uint8Array {
    return new Uint8Array(this.view.buffer, this.next(size), size).slice();
  }

  places(): Uint16Array {
    const places = new Uint16Array(this.count());
    for (let i = 0; i < places.length; i++) places[i] = this.view.getUint16(this.next(2), true);
    return places;
  }

  /** One signed number of so many bytes. */
  whole(width: number): number {
    const at = this.next(width);
    if (width === 1) return this.view.getInt8(at);
    if (width === 2) return this.view.getInt16(at, true);
    if (width === 4) return this.view.getInt32(at, true);
    if (width === 8) return Number(this.view.getBigInt64(at, true));
    throw new PacketError(`numbers are ${width} bytes wide`);
  }

  /** A width, then so many numbers. */
  numbers(count: number): Float64Array {
    const width = this.byte();
    const values = new Float64Array(count);
    if (width > 0) for (let i = 0; i < count; i++) values[i] = this.whole(width);
    return values;
  }

  /** Numbers that are mostly as they are expected. Modifies values in place. */
  differences(values: Float64Array): void {
    const width = this.byte();
    if (width === 0) return;
    const changed = this.bytes((values.length + 7) >> 3);
    for (let i = 0; i < values.length; i++) {
      if ((changed[i >> 3] >> (i & 7)) & 1) values[i] += this.whole(width);
    }
  }

  /** So many numbers, each a level of a range, as far as they are known; else NaN. */
  levels(count: number, low: number, high: number): Float32Array {
    const known = this.bytes(Math.ceil(count / 8));
    const values = new Float32Array(count).fill(Number.NaN);
    for (let k = 0; k < count; k++) {
      if ((known[k >> 3] >> (k & 7)) & 1) values[k] = low + ((high - low) * this.byte()) / LEVELS;
    }
    return values;
  }

  /** How many rows, then what is unusual in their columns. */
  rows(columns: RowColumn[]): { size: number; columns: Table } {
    const size = this.count();
    const table: Table = new Map();
    for (const { name, usual } of columns) {
      const values = new Float64Array(size).fill(usual ?? 0);
      this.differences(values);
      if (usual === null) for (let i = 1; i < size; i++) values[i] += values[i - 1];
      table.set(name, values);
    }
    return { size, columns: table };
  }

  /** How many rows, then their columns. */
  table(names: string[]): { size: number; columns: Table } {
    const size = this.count();
    const columns: Table = new Map();
    for (const name of names) columns.set(name, this.numbers(size));
    return { size, columns };
  }
}

/** The living of a tick, of which messages tell what has changed. */
class Living {
  size = 0;
  private readonly columns: Column[];
  private table: Table = new Map();

  constructor(columns: Column[]) {
    this.columns = columns;
  }

  /** Read what has changed in some ticks; `fresh`: all of it, as nothing was known before. */
  read(reader: Reader, fresh: boolean, ticks: number): void {
    const size = reader.count();
    const gone = reader.places();
    const came = reader.places();
    // For each its place in the old table; −1: it is new.
    const places = follow(fresh ? 0 : this.size, gone, size, came);
    const table: Table = new Map();
    for (const { name, step } of this.columns) {
      const old = this.table.get(name);
      const values = new Float64Array(size);
      if (old)
        places.forEach((place, i) => {
          if (place >= 0) values[i] = old[place] + step * ticks;
        });
      reader.differences(values);
      table.set(name, values);
    }
    this.table = table;
    this.size = size;
  }

  column(name: string): Float64Array {
    const column = this.table.get(name);
    if (!column) throw new PacketError(`the living have no ${name}`);
    return column;
  }
}

/** Rebuilds a realm, message by message. */
export class Decoder {
  private readonly hello: Hello;
  private readonly kinds: Uint8Array;
  private tick = -1;
  private readonly people: Living;
  private readonly wild: Living;
  /** The map as it is: side × side. */
  tiles: Uint8Array = new Uint8Array(0);

  constructor(hello: Hello) {
    if (hello.version !== VERSION) {
      const speaks = `the server speaks version ${hello.version}, this page ${VERSION}`;
      throw new PacketError(`${speaks}: install Forge anew`);
    }
    this.hello = hello;
    this.people = new Living(hello.schema.columns);
    this.wild = new Living(hello.schema.npcs);
    this.kinds = drawnKinds(hello.setting.tileNames);
  }

  /** Read a binary message: the setup after the map, else a tick, an overlay or values. */
  read(
    buffer: ArrayBuffer,
  ): { setup: Setup } | { tick: Tick } | { overlay: Overlay } | { values: Values } {
    const reader = new Reader(buffer);
    const kind = reader.byte();
    if (kind === LAND) return { setup: this.readLand(reader) };
    if (kind === TICK) return { tick: this.readTick(reader) };
    if (kind === DRAWN) return { overlay: this.readOverlay(reader) };
    if (kind === VALUES) return { values: this.readValues(reader) };
    throw new PacketError(`there is no message of kind ${kind}`);
  }

  private readLand(reader: Reader): Setup {
    const side = reader.count();
    if (side !== this.hello.setting.side) throw new PacketError(`a map of side ${side}`);
    this.tiles = reader.bytes(side * side).map(kind => this.kinds[kind]);
    return { ...this.hello.setting, realms: this.hello.realms, tiles: this.tiles.slice() };
  }

  private readTick(reader: Reader): Tick {
    const tick = reader.double();
    const base = reader.double();
    if (base !== -1 && base !== this.tick) {
      throw new PacketError(`a tick builds on ${base}, here is ${this.tick}`);
    }
    this.people.read(reader, base === -1, tick - base);
    this.tick = tick;
    const { schema } = this.hello;
    const tiles = this.readChanges(reader, schema.changes);
    const attacks = rows<Attack>(reader.table(schema.attacks));
    const births = Array.from(reader.numbers(reader.count()));
    const deaths = rows<Death>(reader.table(schema.deaths));
    const hasNpcs = schema.npcs.length > 0;
    if (hasNpcs) this.wild.read(reader, base === -1, tick - base);
    const { market, items } = this.hello.setting;
    const books = market === undefined ? 0 : market.levels * ((items?.kinds.length ?? 1) - 1);
    const prices = market === undefined ? {} : { market: Uint8Array.from(reader.numbers(books)) };
    const happened = rows<Happened>(reader.rows(schema.happened));
    if (reader.left > 0) throw new PacketError("a message is longer than it says");
    const agents = this.agents();
    const read = { tick, agents, tiles, attacks, births, deaths, happened, ...prices };
    return hasNpcs ? { ...read, npcs: this.npcs() } : read;
  }

  private readOverlay(reader: Reader): Overlay {
    const [tick, agent, low, high] = [0, 0, 0, 0].map(() => reader.double());
    const population = reader.whole(4);
    const log = reader.byte() === LOG;
    const name = new TextDecoder().decode(reader.bytes(reader.byte()));
    const side = reader.count();
    if (side !== this.hello.setting.side) throw new PacketError(`an overlay of side ${side}`);
    const [from, to] = log ? [Math.log1p(low), Math.log1p(high)] : [low, high];
    const values = reader.levels(side * side, from, to);
    if (reader.left > 0) throw new PacketError("a message is longer than it says");
    if (log) for (let k = 0; k < values.length; k++) values[k] = Math.expm1(values[k]);
    return { name, population, agent, tick, low, high, values, fault: "", failed: false };
  }

  private readValues(reader: Reader): Values {
    const [tick, low, high] = [0, 0, 0].map(() => reader.double());
    const values = reader.levels(reader.count(), low, high);
    if (reader.left > 0) throw new PacketError("a message is longer than it says");
    return { tick, values };
  }

  private readChanges(reader: Reader, names: string[]): Tick["tiles"] {
    const changes = rows<{ index: number; kind: number }>(reader.table(names));
    for (const change of changes) {
      const { index, kind } = change;
      if (index >= this.tiles.length) throw new PacketError(`there is no tile ${index}`);
      this.tiles[index] = change.kind = this.kinds[kind];
    }
    return changes;
  }

  private agents(): Agents {
    const column = (name: string) => this.people.column(name);
    const age = Int32Array.from(column("age"));
    const { immunity, skills, items, professions, market, words, quests, styleNames } =
      this.hello.setting;
    const agents: Agents = {
      n: this.people.size,
      id: Int32Array.from(column("id")),
      population: Uint16Array.from(column("population")),
      slot: Uint16Array.from(column("slot")),
      row: Int16Array.from(column("row")),
      col: Int16Array.from(column("col")),
      age,
      health: Int16Array.from(column("health")),
      food: Int16Array.from(column("food")),
      water: Int16Array.from(column("water")),
      freeze: Int16Array.from(column("freeze")),
      damage: Int16Array.from(column("damage")),
      immune: Uint8Array.from(age, ticks => (ticks < immunity ? 1 : 0)),
    };
    if (skills !== undefined) agents.skills = skillsOf(skills, styleNames.length, column);
    if (items !== undefined) agents.bags = bagsOf(items, this.people.size, column);
    if (professions !== undefined) {
      const { resources } = professions;
      agents.gathered = resources.map((_, k) => Int32Array.from(column(`gathered_${k}`)));
    }
    if (market !== undefined) agents.purses = pursesOf(column);
    if (words !== undefined) agents.said = Int32Array.from(column("said"));
    if (quests !== undefined) {
      const [number, progress] = [column("quest"), column("progress")];
      agents.quests = { number: Uint8Array.from(number), progress: Int32Array.from(progress) };
    }
    return agents;
  }

  private npcs(): Npcs {
    const column = (name: string) => this.wild.column(name);
    return {
      n: this.wild.size,
      id: Int32Array.from(column("id")),
      kind: Uint8Array.from(column("kind")),
      level: Uint8Array.from(column("level")),
      style: Uint8Array.from(column("style")),
      power: Int16Array.from(column("power")),
      row: Int16Array.from(column("row")),
      col: Int16Array.from(column("col")),
      age: Int32Array.from(column("age")),
      health: Int16Array.from(column("health")),
      freeze: Int16Array.from(column("freeze")),
      damage: Int16Array.from(column("damage")),
      prey: Int32Array.from(column("prey")),
    };
  }
}

/** Find where each row of a new table was in the old one. */
function follow(old: number, gone: Uint16Array, size: number, came: Uint16Array): Int32Array {
  const places = new Int32Array(size);
  for (const place of came) places[place] = -1;
  let from = 0;
  let g = 0;
  for (let i = 0; i < size; i++) {
    if (places[i] === -1) continue;
    while (g < gone.length && gone[g] === from) {
      from++;
      g++;
    }
    places[i] = from++;
  }
  if (from + gone.length - g !== old) throw new PacketError("agents are lost between two ticks");
  return places;
}

function rows<Row>({ size, columns }: { size: number; columns: Table }): Row[] {
  return Array.from({ length: size }, (_, i) => {
    const row: Record<string, number> = {};
    for (const [name, values] of columns) row[name] = values[i];
    return row as Row;
  });
}
