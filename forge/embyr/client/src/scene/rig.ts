// Where the camera is: around a point of the land, always moving softly to where it should be.
import { type PerspectiveCamera, Vector3 } from "three";

export interface View {
  /** The point looked at, in tiles from the middle of the map. */
  x: number;
  z: number;
  /** From there to the camera, in tiles. */
  distance: number;
  /** Around the point, 0 from the south [radians]. */
  azimuth: number;
  /** Above the ground [radians]. */
  elevation: number;
}

/** What the camera sees from top to bottom [degrees]. */
export const FIELD = 38;
const LOWEST = 0.16;
const HIGHEST = 1.53;
const NEAREST = 4;

/** Keep a view within the world. Modifies view in place. */
export function contain(view: View, side: number): void {
  const edge = side / 2;
  view.x = Math.min(edge, Math.max(-edge, view.x));
  view.z = Math.min(edge, Math.max(-edge, view.z));
  view.distance = Math.min(side * 5, Math.max(NEAREST, view.distance));
  view.elevation = Math.min(HIGHEST, Math.max(LOWEST, view.elevation));
}

/** How much panels cover at each side of the picture [CSS pixels]. */
export interface Covered {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** What is free of a picture, from its middle, in halves of its height; up is positive. */
export interface Free {
  /** To the left and to the right, the same. */
  across: number;
  low: number;
  high: number;
}

/** The free part of a picture of that size; where too little is left, all of it. */
export function freeOf(width: number, height: number, covered: Covered): Free {
  const half = Math.max(1, height) / 2;
  const { left, right, top, bottom } = covered;
  const isNarrow = 2 * Math.max(left, right) > 0.8 * width;
  const isLow = top + bottom > 0.8 * height;
  return {
    across: (width / 2 - (isNarrow ? 0 : Math.max(left, right))) / half,
    low: isLow ? -1 : bottom / half - 1,
    high: isLow ? 1 : 1 - top / half,
  };
}

/** Where the corners of the land are in the picture, seen with the look so far before its middle. */
function seen(land: number, view: View, ahead: number): { across: number[]; up: number[] } {
  const [s, c] = [Math.sin(view.azimuth), Math.cos(view.azimuth)];
  const [sine, cosine] = [Math.sin(view.elevation), Math.cos(view.elevation)];
  const focus = Math.tan((FIELD / 2) * (Math.PI / 180));
  const picture = { across: [] as number[], up: [] as number[] };
  for (const [x, z] of [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ]) {
    const right = (land / 2) * (x * c - z * s);
    const away = (land / 2) * (-x * s - z * c) + ahead;
    const depth = (view.distance + away * cosine) * focus;
    picture.across.push(right / depth);
    picture.up.push((away * sine) / depth);
  }
  return picture;
}

/** Find where a function that rises comes to be 0. */
function root(low: number, high: number, rising: (x: number) => number): number {
  let [from, to] = [low, high];
  for (let k = 0; k < 30; k++) {
    const middle = (from + to) / 2;
    if (rising(middle) < 0) from = middle;
    else to = middle;
  }
  return to;
}

/** Shares of the free part that the land takes. */
const FILLED = 0.95;
/** The lowest and the highest first view, and the shape of the free part from which it is lowest. */
const [LOW, HIGH, WIDE] = [0.42, 0.78, 1.5];

/** The first view: the whole land of so many tiles a side, from the south-west, where it is free. */
export function overview(land: number, { across, low, high }: Free): View {
  const shape = (2 * across) / Math.max(0.01, high - low);
  const elevation = Math.min(HIGH, Math.max(LOW, LOW + (WIDE - shape) * 0.45));
  const view: View = { x: 0, z: 0, distance: 0, azimuth: -0.66, elevation };
  // The near corner takes more of the picture: look before the middle.
  const middle = (up: number[]) => (Math.max(...up) + Math.min(...up) - high - low) / 2;
  const before = () => root(-land / 2, land / 2, ahead => middle(seen(land, view, ahead).up));
  const room = (distance: number) => {
    view.distance = distance;
    const picture = seen(land, view, before());
    const tall = Math.max(...picture.up) - Math.min(...picture.up);
    return Math.min(
      FILLED * across - Math.max(...picture.across.map(Math.abs)),
      FILLED * (high - low) - tall,
    );
  };
  view.distance = root(1.3 * land, 30 * land, room);
  const ahead = before();
  view.x = Math.sin(view.azimuth) * ahead;
  view.z = Math.cos(view.azimuth) * ahead;
  return view;
}

/** Share of a way that is gone after some seconds, if `rate` of it goes in each. */
export function eased(rate: number, seconds: number): number {
  return 1 - Math.exp(-rate * seconds);
}

export class Rig {
  readonly view: View;
  /** Where the view is going. */
  readonly goal: View;
  private readonly eye = new Vector3();
  private readonly point = new Vector3();

  private side = 80;
  private land = 62;

  constructor(free: Free) {
    this.goal = overview(this.land, free);
    this.view = {
      ...this.goal,
      distance: this.goal.distance * 1.25,
      azimuth: this.goal.azimuth - 0.35,
    };
  }

  /** Go to another map, with land of so many tiles a side. */
  reset(side: number, land: number, free: Free): void {
    this.side = side;
    this.land = land;
    Object.assign(this.goal, overview(land, free));
    Object.assign(this.view, this.goal);
  }

  /** Go back to the first view. */
  home(free: Free): void {
    Object.assign(this.goal, overview(this.land, free));
  }

  /** Move the point looked at, in the directions of the picture [tiles]. */
  pan(right: number, away: number): void {
    const { azimuth } = this.goal;
    const [s, c] = [Math.sin(azimuth), Math.cos(azimuth)];
    this.goal.x += right * c - away * s;
    this.goal.z += -right * s - away * c;
    contain(this.goal, this.side);
  }

  turn(azimuth: number, elevation: number): void {
    this.goal.azimuth += azimuth;
    this.goal.elevation += elevation;
    contain(this.goal, this.side);
  }

  zoom(factor: number): void {
    this.goal.distance *= factor;
    contain(this.goal, this.side);
  }

  lookAt(x: number, z: number, distance?: number): void {
    this.goal.x = x;
    this.goal.z = z;
    if (distance !== undefined) this.goal.distance = distance;
    contain(this.goal, this.side);
  }

  /** Move on by some seconds, and place the camera; `ground` says how high the land is. */
  place(
    camera: PerspectiveCamera,
    seconds: number,
    ground: (x: number, z: number) => number,
  ): void {
    const share = eased(7, seconds);
    const { view, goal } = this;
    view.x += (goal.x - view.x) * share;
    view.z += (goal.z - view.z) * share;
    view.distance *= (goal.distance / view.distance) ** share;
    view.azimuth += (goal.azimuth - view.azimuth) * share;
    view.elevation += (goal.elevation - view.elevation) * share;
    const flat = Math.cos(view.elevation) * view.distance;
    const y = Math.max(0, ground(view.x, view.z)) * Math.min(1, 30 / view.distance) + 0.4;
    this.point.set(view.x, y, view.z);
    this.eye.set(
      view.x + Math.sin(view.azimuth) * flat,
      y + Math.sin(view.elevation) * view.distance,
      view.z + Math.cos(view.azimuth) * flat,
    );
    const floor = ground(this.eye.x, this.eye.z) + 0.7;
    if (this.eye.y < floor) this.eye.y = floor;
    camera.position.copy(this.eye);
    camera.lookAt(this.point);
  }
}
