// Events in words, and in words whose agents can be clicked.
import type { Setup } from "../net/types";
import type { WorldEvent } from "./chronicle";
import { named } from "./items";
import { isNpc, npcName, numbered } from "./npcs";

/** A few words, or somebody who is named by them. */
export type Part = string | { id: number; name: string };

/** Pieces that one event names; more are counted. */
const NAMED = 2;

/** Name an agent by its number, and an NPC by its level and kind. */
function who(event: WorldEvent, setup: Setup, id: number): Part {
  if (!isNpc(id)) return { id, name: numbered(id) };
  const { npc } = event;
  return { id, name: npc === null ? "an NPC" : `a ${npcName(setup, npc.kind, npc.level)}` };
}

/** List items: "a level-4 hat, level-3 gloves and 2 more". */
function listed({ pieces }: WorldEvent, { items }: Setup): string {
  const names = pieces.slice(0, NAMED).map(piece => {
    const name = items === undefined ? "item" : named(items, piece);
    // "a hat", but "gloves" and "12 arrows".
    return name.endsWith("s") ? name : `a ${name}`;
  });
  if (pieces.length > NAMED) names.push(`${pieces.length - NAMED} more`);
  const last = names.pop() ?? "something";
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`;
}

/** Say what happened, in parts. */
export function parts(event: WorldEvent, setup: Setup): Part[] {
  const { number, what, age, cause } = event;
  const [one, other] = [who(event, setup, event.id), who(event, setup, event.other)];
  const things = () => listed(event, setup);
  switch (event.kind) {
    case "birth":
      return [one, " is born"];
    case "death":
      return [one, ` dies (${setup.causeNames[cause] ?? "unknown"}), aged ${age}`];
    case "record":
      return [one, ` lived longest so far: ${age}`];
    case "eat":
      return [one, " eats"];
    case "drink":
      return [one, " drinks"];
    case "kill":
      return [other, " slays ", one, `, aged ${age}`];
    case "hunt":
      return [other, " slays ", one];
    case "hit":
      return [one, " hits ", other, ` with ${setup.styleNames[what] ?? what} for ${number}`];
    case "shot":
      return [one, ` spends ${things()}`];
    case "quest":
      return [one, ` fulfils its quest: ${setup.quests?.[what - 1]?.name ?? what}`];
    case "level":
      return [one, ` reaches ${setup.skills?.names[what] ?? "a skill's"} level ${number}`];
    case "loot":
      return [one, ` takes ${things()} from `, other];
    case "harvest":
      return [one, ` harvests ${things()}`];
    case "equip":
      return [one, ` puts on ${things()}`];
    case "undress":
      return [one, ` takes off ${things()}`];
    case "consume":
      return [one, ` consumes ${things()}`];
    case "destroy":
      return [one, ` destroys ${things()}`];
    case "sale":
      return [one, ` sells ${things()} to `, other, ` for ${number} gold`];
    case "offer":
      return [one, ` offers ${things()} for ${number} gold`];
    case "gift":
      return [one, ` gives ${event.pieces.length > 0 ? things() : `${number} gold`} to `, other];
    case "gold":
      return [one, ` takes ${number} gold from `, other];
  }
}

/** Say what happened. */
export function sentence(event: WorldEvent, setup: Setup): string {
  return parts(event, setup)
    .map(part => (typeof part === "string" ? part : part.name))
    .join("");
}

/** Name who slew an agent. */
export function slayer(event: WorldEvent, setup: Setup): string {
  const part = who(event, setup, event.other);
  return typeof part === "string" ? part : part.name;
}
