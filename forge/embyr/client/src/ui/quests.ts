// Quests: what agents are to do, and how much of it they have done.
import type { QuestSetup, Quests, Setup } from "../net/types";
import { h, setText } from "./dom";

/** The quest of an agent; null: it has none. */
function questOf(setup: QuestSetup[] | undefined, quests: Quests | undefined, k: number) {
  const number = quests?.number[k] ?? 0;
  return number === 0 ? null : (setup?.[number - 1] ?? null);
}

/** How much of its quest an agent has done, 0 … 1; NaN: it has none. */
export function done(setup: QuestSetup[] | undefined, quests: Quests | undefined, k: number) {
  const quest = questOf(setup, quests, k);
  return quest === null || quests === undefined ? Number.NaN : quests.progress[k] / quest.goal;
}

/** Whether an agent has done all that its quest asks for. */
export function fulfilled(setup: QuestSetup[] | undefined, quests: Quests | undefined, k: number) {
  return done(setup, quests, k) >= 1;
}

/** Say how far an agent is: "3 / 10"; of a level that it is to reach, with the one it was born with. */
export function counted(setup: QuestSetup[], quests: Quests, k: number): string {
  const quest = questOf(setup, quests, k);
  return quest === null ? "" : `${quest.first + quests.progress[k]} / ${quest.first + quest.goal}`;
}

/** Say what an agent is to do, and how far it is: "hit mage 20 ×: 3 / 20". */
export function errand({ quests: setup }: Setup, quests: Quests | undefined, k: number): string {
  const quest = questOf(setup, quests, k);
  if (quest === null || setup === undefined || quests === undefined) return "";
  const state = fulfilled(setup, quests, k) ? "fulfilled" : counted(setup, quests, k);
  return `${quest.name}: ${state}`;
}

/** The quest of an agent in words, with a bar, for the inspector. */
export class QuestBar {
  readonly element = h("div", { class: "quest", hidden: true });
  private readonly name = h("span", {});
  private readonly fill = h("i", {});
  private readonly number = h("span", { class: "number" });
  private readonly bar = h("b", { role: "img" }, this.fill);
  private setup: QuestSetup[] = [];

  constructor() {
    const gauge = h("div", { class: "gauge" }, this.bar, this.number);
    this.element.append(h("h3", {}, "Quest: ", this.name), gauge);
  }

  begin({ quests }: Setup): void {
    this.setup = quests ?? [];
  }

  /** Show that of an agent; undefined: nobody is shown, or an NPC. */
  update(quests: Quests | undefined, k: number): void {
    const quest = questOf(this.setup, quests, k);
    this.element.hidden = quest === null;
    if (quest === null || quests === undefined) return;
    const share = done(this.setup, quests, k);
    setText(this.name, quest.name);
    this.element.title = quest.about;
    this.element.classList.toggle("fulfilled", share >= 1);
    this.fill.style.width = `${100 * share}%`;
    const far = counted(this.setup, quests, k);
    setText(this.number, share >= 1 ? "fulfilled" : far);
    this.bar.setAttribute("aria-label", `${quest.name}: ${far}`);
  }
}
