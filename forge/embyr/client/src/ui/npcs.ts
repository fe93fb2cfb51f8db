// NPCs in words: what they are called, how many of each kind live, and what one is doing.
import type { Agents, Npcs, Setup, Tick } from "../net/types";

/** Whether an id is that of an NPC. */
export function isNpc(id: number): boolean {
  return id < -1;
}

/** The table that holds an agent or an NPC, and its place there; −1: it does not live. */
export function find({ agents, npcs }: Tick, id: number): { rows: Agents | Npcs; k: number } {
  const rows = isNpc(id) && npcs !== undefined ? npcs : agents;
  return { rows, k: rows.id.subarray(0, rows.n).indexOf(id) };
}

/** Name an NPC by its level and kind: "level-3 wolf". */
export function npcName(setup: Setup, kind: number, level: number): string {
  return `level-${level} ${setup.npcs?.kinds[kind - 1]?.name ?? "NPC"}`;
}

/** The number of an agent or an NPC, with a minus that is one. */
export function numbered(id: number): string {
  return id < 0 ? `−${-id}` : `${id}`;
}

/** Read the number of an agent or an NPC; or say why nobody can have it. */
export function readNumber(text: string, npcs: boolean): number | string {
  const id = Number(text);
  if (!Number.isSafeInteger(id)) return "agents have whole numbers, from 0 on";
  if (id >= 0 || (npcs && isNpc(id))) return id;
  return npcs
    ? "NPCs have numbers from −2 down"
    : "there are no NPCs here, whose numbers are negative";
}

/** Name whoever has an id: "agent 12", "level-3 wolf"; an NPC that is not there any more: "NPC −7". */
export function nameOf(setup: Setup, tick: Tick, id: number): string {
  if (!isNpc(id)) return `agent ${id}`;
  const k = tick.npcs?.id.indexOf(id) ?? -1;
  if (k < 0 || tick.npcs === undefined) return `NPC ${numbered(id)}`;
  return npcName(setup, tick.npcs.kind[k], tick.npcs.level[k]);
}

/** Say which NPC it is, what it is, where it stands, and what holds it up. */
export function described(setup: Setup, npcs: Npcs, k: number, alive: boolean): string {
  const style = npcs.style[k];
  const words = [
    `NPC ${numbered(npcs.id[k])}`,
    setup.npcs?.kinds[npcs.kind[k] - 1]?.kind ?? "",
    alive ? `age ${npcs.age[k]}` : `slain at ${npcs.age[k] + 1}`,
    `strikes with ${setup.styleNames[style] ?? style}, reach ${setup.reach[style]}`,
    `power ${npcs.power[k]}`,
    `row ${npcs.row[k]}, column ${npcs.col[k]}`,
  ];
  if (alive && npcs.freeze[k] > 0) words.push(`frozen for ${npcs.freeze[k]}`);
  return words.filter(word => word !== "").join(" · ");
}

/** Count the living NPCs of each kind in a tick. */
export function countKinds(tick: Tick | null, kinds: number): number[] {
  const counts = new Array<number>(kinds).fill(0);
  const { npcs } = tick ?? {};
  for (let k = 0; k < (npcs?.n ?? 0); k++) counts[(npcs as Npcs).kind[k] - 1]++;
  return counts;
}
