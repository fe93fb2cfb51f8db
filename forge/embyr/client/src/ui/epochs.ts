// How long agents have lived in each epoch of the run that is watched.
import type { EpochNews } from "../net/types";
import { Ring } from "./curves";

/** More than the server keeps. */
const KEPT = 2000;

export class Epochs {
  /** A curve of mean lifetimes per population. */
  curves: Ring[] = [];
  first = 0;
  last = 0;

  get length(): number {
    return this.curves[0]?.length ?? 0;
  }

  /** Take in what the server says. */
  add({ anew, epochs, lifetimes }: EpochNews): void {
    if (anew) this.curves = [];
    for (const [k, epoch] of epochs.entries()) {
      if (this.length === 0) this.first = epoch;
      this.last = epoch;
      for (const [population, mean] of lifetimes[k].entries()) {
        this.curves[population] ??= new Ring(KEPT);
        this.curves[population].push(mean ?? Number.NaN);
      }
    }
  }
}
