// What agents have learned: levels follow from experience, here and nowhere else in the page.
import type { SkillSetup, Skills } from "./types";

/** The level that is reached with some experience, from 1. */
export function levelOf(reached: number[], experience: number): number {
  let level = 1;
  while (level < reached.length && experience >= reached[level]) level++;
  return level;
}

/** How much of the way to the next level is gone; 1 at the highest. */
export function progress(reached: number[], experience: number): number {
  const level = levelOf(reached, experience);
  if (level === reached.length) return 1;
  return (experience - reached[level - 1]) / (reached[level] - reached[level - 1]);
}

/** Work out the levels of all agents, given their columns; the first `styles` skills are of combat. */
export function skillsOf(
  { names, reached }: SkillSetup,
  styles: number,
  column: (name: string) => Float64Array,
): Skills {
  const experience = names.map(name => Int32Array.from(column(name)));
  const level = experience.map(values =>
    Uint8Array.from(values, gained => levelOf(reached, gained)),
  );
  const inCombat = Uint8Array.from(column("in_combat"));
  const highest = (levels: Uint8Array[]) =>
    inCombat.map((_, k) => levels.reduce((best, of) => Math.max(best, of[k]), 1));
  return {
    experience,
    level,
    best: highest(level),
    combat: highest(level.slice(0, styles)),
    inCombat,
  };
}
