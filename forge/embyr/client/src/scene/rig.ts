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

/** The first view: the whole land of so many tiles a side, from the south-west. */
export function overview(land: number, aspect: number): View {
  const distance = land * Math.max(1.36, 2.3 / Math.max(0.4, aspect));
  const [azimuth, elevation] = [-0.66, 0.42];
  // The near corner takes more of the picture: look a little before the middle.
  const ahead = land * 0.09;
  const [x, z] = [Math.sin(azimuth) * ahead, Math.cos(azimuth) * ahead];
  return { x, z, distance, azimuth, elevation };
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

  constructor(aspect: number) {
    this.goal = overview(this.land, aspect);
    this.view = {
      ...this.goal,
      distance: this.goal.distance * 1.25,
      azimuth: this.goal.azimuth - 0.35,
    };
  }

  /** Go to another map, with land of so many tiles a side. */
  reset(side: number, land: number, aspect: number): void {
    this.side = side;
    this.land = land;
    Object.assign(this.goal, overview(land, aspect));
    Object.assign(this.view, this.goal);
  }

  /** Go back to the first view. */
  home(aspect: number): void {
    Object.assign(this.goal, overview(this.land, aspect));
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
