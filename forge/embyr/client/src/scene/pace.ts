// Frames a second, and how sharp pictures may be so that there are enough of them.

/** Too slow or fast enough for more, in seconds a frame. */
const SLOW = 1 / 42;
const FAST = 1 / 57;
const FRAMES = 45;
const BLURRED = 0.5;

export class Pace {
  /** Frames a second, lately. */
  frames = 0;
  sharpness: number;
  private sum = 0;
  private count = 0;

  constructor(
    private readonly sharpest: number,
    private readonly adaptive: boolean,
  ) {
    this.sharpness = sharpest;
  }

  /** Count a frame that took so long; says whether the sharpness has changed. */
  frame(seconds: number): boolean {
    this.sum += seconds;
    this.count += 1;
    if (this.sum < 0.5 && this.count < FRAMES) return false;
    const mean = this.sum / this.count;
    this.frames = 1 / mean;
    this.sum = this.count = 0;
    if (!this.adaptive) return false;
    const before = this.sharpness;
    if (mean > SLOW) this.sharpness = Math.max(BLURRED, before * (mean > 4 * SLOW ? 0.6 : 0.85));
    else if (mean < FAST) this.sharpness = Math.min(this.sharpest, before * 1.08);
    return this.sharpness !== before;
  }
}
