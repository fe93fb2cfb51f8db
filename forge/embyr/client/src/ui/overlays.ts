// The overlays that can be chosen: those that the page makes, and those that the server computes.
import type { OverlayAbout, Setup } from "../net/types";
import { range } from "../scene/overlay";
import { find, isNpc, nameOf } from "./npcs";
import { sighted } from "./sighted";
import type { State } from "./state";

/** All populations; also: nobody. */
export const ALL = -1;

/** What an overlay shows now. */
export interface Shown {
  values: Float32Array;
  low: number;
  high: number;
  /** What the numbers are about; empty: the tick on the screen. */
  of: string;
}

export interface Layer extends OverlayAbout {
  /** Null: the server computes it. */
  make: ((state: State, population: number) => Float32Array | null) | null;
}

/** A population, or all, in words. */
export function whose(setup: Setup, population: number): string {
  return population === ALL ? "all populations" : (setup.populations[population]?.name ?? "");
}

const VISITS: Layer = {
  name: "Counts",
  about: "How long agents have stood on each tile since this page watches.",
  unit: "agent-ticks",
  scale: "log",
  populations: "any",
  agent: false,
  make: (state, population) => state.tally?.visits.shown(population) ?? null,
};

const SIGHT: Layer = {
  name: "Sight",
  about: "How many agents see each tile; if one is selected, or an NPC, what it alone sees.",
  unit: "agents",
  scale: "log",
  populations: "any",
  agent: false,
  make: ({ setup, tick, selected }, population) => {
    if (setup === null || tick === null) return null;
    const { id, population: whose } = tick.agents;
    if (selected !== null && isNpc(selected)) {
      const { npcs } = tick;
      return npcs ? sighted(setup, npcs, k => npcs.id[k] === selected, setup.npcs?.sight) : null;
    }
    if (selected !== null) return sighted(setup, tick.agents, k => id[k] === selected);
    return sighted(setup, tick.agents, k => population === ALL || whose[k] === population);
  },
};

const DEATHS: Layer = {
  name: "Deaths",
  about: "How many agents have died on each tile since this page watches.",
  unit: "deaths",
  scale: "log",
  populations: "any",
  agent: false,
  make: (state, population) => state.tally?.graves.shown(population) ?? null,
};

/** The title of an overlay: its name, and whose numbers it shows. */
export function titled(
  layer: Layer,
  { setup, tick, selected, thinker }: State,
  of: number,
): string {
  if (setup === null || layer.populations === "none") return layer.name;
  if (layer.name === "Sight" && selected !== null && tick !== null) {
    return `Sight of ${nameOf(setup, tick, selected)}`;
  }
  if (!layer.agent) return `${layer.name} · ${whose(setup, of)}`;
  return `${layer.name} of agent ${thinker === -1 ? "…" : thinker} on ${whose(setup, of)}`;
}

/** The number where the selected agent or NPC stands; empty: there is none. */
export function under(values: Float32Array, { setup, tick, selected }: State): string {
  if (selected === null || tick === null || setup === null) return "";
  const { rows, k } = find(tick, selected);
  if (k < 0) return "";
  const value = values[rows.row[k] * setup.side + rows.col[k]];
  return Number.isNaN(value) ? "" : `${numeral(value)} at ${nameOf(setup, tick, selected)}`;
}

/** List the overlays of a world; those of users come last. */
export function layersOf(setup: Setup | null): Layer[] {
  const given = (setup?.overlays ?? []).map(about => ({ ...about, make: null }));
  const ours = given.filter(({ name }) => ["Counts", "Values", "Dependence"].includes(name));
  const theirs = given.filter(layer => !ours.includes(layer));
  return [...(ours.length > 0 ? ours : [VISITS]), SIGHT, DEATHS, ...theirs];
}

/** The range of a scale that holds the values. */
export function extent({ scale }: OverlayAbout, values: Float32Array): [number, number] {
  if (scale === "linear") return range(values);
  const larger = (most: number, value: number) =>
    Number.isNaN(value) ? most : Math.max(most, Math.abs(value));
  const most = values.reduce(larger, 0) || 1;
  return scale === "log" ? [0, most] : [-most, most];
}

/** The number at a share of a scale. */
export function at({ scale }: OverlayAbout, low: number, high: number, share: number): number {
  if (scale !== "log") return low + (high - low) * share;
  return Math.expm1(Math.log1p(low) + (Math.log1p(high) - Math.log1p(low)) * share);
}

/** A number for a legend: three digits, thousands as k, a minus that is one. */
export function numeral(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size >= 9999.5) return `${sign}${(size / 1000).toPrecision(3)}k`.replace(/\.0+k/, "k");
  if (size >= 100 || Number.isInteger(size)) return `${sign}${Math.round(size)}`;
  if (size < 0.0005) return `${sign}${size.toExponential(0)}`;
  return `${sign}${Number(size.toPrecision(3)).toString()}`;
}
