// Which numbers rise from those who are hurt: strikes at one in quick succession are one number.

/** Later strikes have a number of their own, which stands clear of the one before by then [s]. */
export const TOGETHER = 0.35;

export interface Hurt {
  /** The sum of its strikes. */
  damage: number;
  /** That of the hardest strike. */
  style: number;
  start: number;
  /** Where the number is drawn. */
  place: number;
}

export class Hurts {
  /** The last number of each who was hurt lately, by id, with its hardest strike. */
  private readonly last = new Map<number, Hurt & { hardest: number }>();

  /** Take in a strike; gives the number that it is part of. `begin` finds a place for a new one. */
  add(target: number, damage: number, style: number, start: number, begin: () => number): Hurt {
    const known = this.last.get(target);
    if (known === undefined || Math.abs(start - known.start) >= TOGETHER) {
      const hurt = { damage, style, start, place: begin(), hardest: damage };
      this.forget(start);
      this.last.set(target, hurt);
      return hurt;
    }
    known.damage += damage;
    if (damage > known.hardest) [known.style, known.hardest] = [style, damage];
    return known;
  }

  clear(): void {
    this.last.clear();
  }

  /** Drop those to whom nothing is added any more. */
  private forget(now: number): void {
    for (const [target, { start }] of this.last) {
      if (now - start >= 2 * TOGETHER) this.last.delete(target);
    }
  }
}
