// Skills in words and bars: the levels of an agent, and how far each next one is.
import { progress } from "../net/skills";
import type { ResourceKind, Setup, SkillSetup, Skills } from "../net/types";
import { h, setText } from "./dom";

/** The agent's own level, for a title; empty: the world has no skills. */
export function levelled(skills: Skills | undefined, k: number): string {
  return skills === undefined ? "" : `level ${skills.best[k]}`;
}

/** Say all that an agent is better at than a newborn, and whether it is in combat. */
export function standing(setup: SkillSetup, skills: Skills, k: number): string {
  const better = setup.names.flatMap((name, skill) => {
    const level = skills.level[skill][k];
    return level > 1 ? [`${name} ${level}`] : [];
  });
  const words = [`Level ${skills.best[k]}`, ...better];
  if (skills.inCombat[k] !== 0) words.push("in combat");
  return words.join(" · ");
}

/** Say how far an agent is in a skill: "mage: level 3, 350 experience, 23 more to level 4". */
export function described(
  { names, reached }: SkillSetup,
  skills: Skills,
  skill: number,
  k: number,
) {
  const [level, experience] = [skills.level[skill][k], skills.experience[skill][k]];
  const next =
    level === reached.length ? "" : `, ${reached[level] - experience} more to level ${level + 1}`;
  return `${names[skill]}: level ${level}, ${experience} experience${next}`;
}

interface Bar {
  element: HTMLElement;
  fill: HTMLElement;
  level: HTMLElement;
}

function bar(name: string): Bar {
  const fill = h("i", {});
  const level = h("span", { class: "number" });
  const element = h(
    "div",
    { class: "bar", role: "img" },
    h("span", {}, name),
    h("b", {}, fill),
    level,
  );
  return { element, fill, level };
}

/** The skills of an agent: those of combat beside the professions. */
export class SkillList {
  readonly element = h("div", { hidden: true });
  private readonly combat = h("h3", {});
  private setup: SkillSetup | null = null;
  private bars: Bar[] = [];
  private resources: ResourceKind[] = [];

  begin({ skills, styleNames, professions }: Setup): void {
    this.setup = skills ?? null;
    this.resources = professions?.resources ?? [];
    if (skills === undefined) return;
    this.bars = skills.names.map(bar);
    const elements = this.bars.map(({ element }) => element);
    const styles = styleNames.length;
    this.element.replaceChildren(
      h(
        "div",
        { class: "skills" },
        h("div", {}, this.combat, ...elements.slice(0, styles)),
        h("div", {}, h("h3", {}, "Professions"), ...elements.slice(styles)),
      ),
    );
  }

  /** Show those of an agent, and how often it harvested; undefined: of nobody. */
  update(skills: Skills | undefined, k: number, gathered: Int32Array[] = []): void {
    this.element.hidden = this.setup === null || skills === undefined;
    if (this.setup === null || skills === undefined) return;
    setText(this.combat, `Combat: level ${skills.combat[k]}`);
    for (const [skill, { element, fill, level }] of this.bars.entries()) {
      const experience = skills.experience[skill][k];
      setText(level, String(skills.level[skill][k]));
      fill.style.width = `${100 * progress(this.setup.reached, experience)}%`;
      element.classList.toggle("untried", experience === 0);
      const resource = this.resources.findIndex(each => each.skill === skill);
      const times = gathered[resource]?.[k] ?? 0;
      const more = times > 0 ? `, ${times} × ${this.resources[resource].tile}` : "";
      const said = described(this.setup, skills, skill, k) + more;
      element.title = said;
      element.setAttribute("aria-label", said);
    }
  }
}
