// The inspector: who an agent is, what it did, what it sees, what it thinks.
import type { Npcs, Setup, Tick } from "../net/types";
import { Aims } from "./aims";
import { indexOf } from "./chronicle";
import { Crop } from "./crop";
import { deeds } from "./deeds";
import { h, iconButton, panel, setText } from "./dom";
import { Belongings } from "./items";
import { npcMark } from "./marks";
import { ARROWS, Mind, MOVES } from "./mind";
import { described, find, isNpc, nameOf, npcName, numbered, readNumber } from "./npcs";
import { QuestBar } from "./quests";
import { levelled, SkillList } from "./skills";
import type { Panel, State } from "./state";

/** How many of its last ticks are listed. */
const DEEDS = 14;
const MARKS = ["⚔", "➶", "✦"];

interface Gauge {
  element: HTMLElement;
  fill: HTMLElement;
  number: HTMLElement;
}

function gauge(name: string): Gauge {
  const fill = h("i", {});
  const number = h("span", { class: "number" });
  const element = h(
    "div",
    { class: `gauge ${name}` },
    h("span", {}, name),
    h("b", {}, fill),
    number,
  );
  return { element, fill, number };
}

export class Inspector implements Panel {
  readonly element: HTMLElement;
  private readonly name = h("strong", {});
  private readonly about = h("p", { class: "about" });
  private readonly gauges = [gauge("health"), gauge("food"), gauge("water")];
  private readonly quest = new QuestBar();
  private readonly skills = new SkillList();
  private readonly belongings = new Belongings();
  private readonly doings = h("ol", { class: "deeds", "aria-label": "Last actions, newest first" });
  private readonly crop = new Crop();
  private readonly mind = new Mind();
  private readonly unthinking = h("p", { class: "about" });
  private readonly aims = new Aims();
  private readonly details = h("div", {});
  private readonly body = h("div", { class: "body" });
  private readonly none = h("p", { class: "none" }, "Click an agent, or find one by its number.");
  private readonly find = h("input", {
    type: "number",
    min: "0",
    placeholder: "find by number",
    "aria-label": "Find an agent or NPC by its number",
  });
  private readonly followed: HTMLButtonElement;
  private readonly pinned: HTMLButtonElement;
  /** Leads to whom an NPC hunts. */
  private readonly hunted = h("button", { type: "button", class: "chip hunted" });
  private readonly pins = h("div", { class: "chips pins" });
  /** The last tick in which the selected agent or NPC lived. */
  private last: { tick: Tick; id: number; k: number } | null = null;

  /** `take` is the button that lets somebody play the agent. */
  constructor(
    private readonly state: State,
    take: HTMLElement,
  ) {
    this.find.addEventListener("change", () => {
      if (this.find.value === "") return;
      const found = readNumber(this.find.value, state.setup?.npcs !== undefined);
      if (typeof found === "number") state.visit(found);
      else state.say(found);
    });
    this.followed = iconButton("target", "Follow with the camera (F)", () =>
      state.follow(!state.following),
    );
    this.pinned = iconButton("pin", "Pin (P)", () => state.togglePin());
    const close = iconButton("close", "Close (Esc)", () => state.select(null));
    const head = h("div", { class: "head" }, this.name, this.followed, this.pinned, close);
    this.details.append(
      ...this.gauges.map(({ element }) => element),
      this.quest.element,
      // What nothing else shows comes before all that takes much room.
      this.mind.element,
      this.unthinking,
      this.skills.element,
      this.belongings.element,
      h("h3", {}, "What it did (newest first, red: hurt)"),
      this.doings,
      h("h3", {}, "What it sees"),
      this.crop.canvas,
      this.aims.element,
    );
    this.hunted.addEventListener("click", () => state.visit(Number(this.hunted.dataset.id)));
    this.body.append(head, this.about, this.hunted, take, this.details);
    this.element = panel("inspector", "Agent", this.find, this.pins, this.none, this.body);
  }

  begin(setup: Setup): void {
    this.last = null;
    // NPCs have numbers below −1.
    if (setup.npcs === undefined) this.find.min = "0";
    else this.find.removeAttribute("min");
    this.mind.begin(setup.styleNames);
    this.quest.begin(setup);
    this.skills.begin(setup);
    this.belongings.begin(setup);
    setText(this.unthinking, setup.unthinking);
    this.aims.begin(setup.styleNames);
  }

  update(): void {
    const { selected, setup, tick, following, pins } = this.state;
    this.showPins();
    const none = selected === null || setup === null || tick === null;
    this.none.hidden = !none;
    this.body.hidden = none;
    this.element.classList.toggle("empty", none);
    if (none) return;
    this.followed.setAttribute("aria-pressed", String(following));
    this.pinned.setAttribute("aria-pressed", String(pins.includes(selected)));
    const { k } = find(tick, selected);
    if (k >= 0) this.last = { tick, id: selected, k };
    else if (this.last?.id !== selected) this.last = null;
    this.name.replaceChildren(...this.title(setup, selected));
    this.details.hidden = this.last === null;
    this.hunted.hidden = true;
    if (this.last === null) {
      setText(this.about, "It does not live in this tick.");
      return;
    }
    if (isNpc(selected)) this.showNpc(setup, this.last.tick, this.last.k, k >= 0);
    else this.show(setup, this.last.tick, this.last.k, k >= 0);
  }

  private title(setup: Setup, id: number): (Node | string)[] {
    if (isNpc(id)) return this.titleOfNpc(setup, id);
    if (this.last === null) return [`Agent ${id}`];
    const { population, skills } = this.last.tick.agents;
    const { color } = setup.populations[population[this.last.k]];
    const level = levelled(skills, this.last.k);
    return [
      h("b", { class: "dot", style: `--own:${color}` }),
      `Agent ${id}`,
      ...(level === "" ? [] : [h("small", { class: "level" }, level)]),
    ];
  }

  private titleOfNpc(setup: Setup, id: number): (Node | string)[] {
    const { npcs } = this.last?.tick ?? {};
    if (this.last === null || npcs === undefined) return [`NPC ${numbered(id)}`];
    const [kind, level] = [npcs.kind[this.last.k], npcs.level[this.last.k]];
    const name = npcName(setup, kind, level);
    return [npcMark(kind), name.charAt(0).toUpperCase() + name.slice(1)];
  }

  /** NPCs have health alone, and do not think. */
  private showNpc(setup: Setup, tick: Tick, k: number, alive: boolean): void {
    const npcs = tick.npcs as Npcs;
    const id = npcs.id[k];
    setText(this.about, described(setup, npcs, k, alive));
    const prey = alive ? npcs.prey[k] : -1;
    this.hunted.hidden = prey < 0;
    this.hunted.dataset.id = String(prey);
    setText(this.hunted, `hunts agent ${prey}`);
    this.measure([[alive ? npcs.health[k] : 0, setup.npcs?.health ?? 1]]);
    this.quest.update(undefined, k);
    this.skills.update(undefined, k);
    this.belongings.update(null, k);
    this.list(id, tick, setup);
    this.crop.draw(setup, this.state.playback.map(), tick, id, this.state.sightOf(id) ?? 0);
    this.mind.element.hidden = this.aims.element.hidden = this.unthinking.hidden = true;
  }

  /** Show how much there is of health, food and water, and of how much; of fewer, the others not. */
  private measure(stats: number[][]): void {
    for (const [i, { element, fill, number }] of this.gauges.entries()) {
      element.hidden = i >= stats.length;
      if (element.hidden) continue;
      const [shown, most] = stats[i];
      fill.style.width = `${(100 * shown) / Math.max(1, most)}%`;
      setText(number, `${shown}/${most}`);
    }
  }

  private show(setup: Setup, tick: Tick, k: number, alive: boolean): void {
    const { agents } = tick;
    const states = [
      alive ? `age ${agents.age[k]}` : `died at ${agents.age[k] + 1}`,
      setup.populations[agents.population[k]].name,
      `row ${agents.row[k]}, column ${agents.col[k]}`,
    ];
    if (alive && agents.freeze[k] > 0) states.push(`frozen for ${agents.freeze[k]}`);
    if (alive && agents.immune[k] !== 0) states.push("immune");
    if (alive && agents.skills?.inCombat[k]) states.push("in combat");
    if (alive && agents.said?.[k]) states.push(`says word ${agents.said[k]}`);
    setText(this.about, states.join(" · "));
    const stats = [
      [agents.health[k], setup.maxHealth],
      [agents.food[k], setup.maxFood],
      [agents.water[k], setup.maxWater],
    ];
    this.measure(stats.map(([value, most]) => [alive ? value : 0, most]));
    this.quest.update(agents.quests, k);
    this.skills.update(agents.skills, k, agents.gathered);
    this.belongings.update(agents, k);
    this.list(agents.id[k], tick, setup);
    this.crop.draw(setup, this.state.playback.map(), tick, agents.id[k], setup.radius);
    this.unthinking.hidden = false;
    this.think(setup, tick, k, alive);
  }

  /** Show what it thought in a tick; that of the newest tick may come a moment later. */
  private think(setup: Setup, tick: Tick, k: number, alive: boolean): void {
    const id = tick.agents.id[k];
    const { thoughts, playback } = this.state;
    const last = alive ? thoughts.last(id) : null;
    const then = playback.mode === "live" ? last : thoughts.of(id, tick.tick);
    this.mind.update(last && then);
    this.mind.element.hidden = (last?.moves.length ?? 0) === 0;
    this.aims.update(setup, playback.map(), tick, k, last && then);
  }

  /** List what an agent did up to a tick: of the dead, the last in which it lived. */
  private list(id: number, upTo: Tick, setup: Setup): void {
    const { history } = this.state.playback;
    const done = deeds(history, indexOf(history, upTo.tick), id, DEEDS);
    this.doings.replaceChildren(
      ...done.map(({ tick, move, style, target, hurt }) => {
        const whom = isNpc(target) ? nameOf(setup, upTo, target) : target;
        const attack = style >= 0 ? ` and ${setup.styleNames[style]} at ${whom}` : "";
        const title = `tick ${tick}: ${MOVES[move]}${attack}${hurt > 0 ? `, hurt by ${hurt}` : ""}`;
        const marks = [ARROWS[move], style >= 0 ? (MARKS[style] ?? "!") : ""].map(mark =>
          h("span", {}, mark),
        );
        return h("li", { class: hurt > 0 ? "hurt" : "", title, "aria-label": title }, ...marks);
      }),
    );
  }

  private showPins(): void {
    const { pins } = this.state;
    if (this.pins.childElementCount === pins.length && this.pins.dataset.of === pins.join()) return;
    this.pins.dataset.of = pins.join();
    this.pins.replaceChildren(
      ...pins.map(id =>
        h(
          "button",
          { type: "button", class: "chip", click: () => this.state.visit(id) },
          numbered(id),
        ),
      ),
    );
  }
}
