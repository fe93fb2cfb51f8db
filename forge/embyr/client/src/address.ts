// The address keeps what is seen, so that a link shows it: #realm=0&tick=812&agent=17&overlay=Values&of=2&camera=…
import type { History } from "./net/types";
import type { View } from "./scene/world";
import type { Playback } from "./ui/playback";

const PAUSE = 500; // between two changes of the address, in ms: browsers allow few

export interface Seen {
  realm: number | null;
  tick: number | null;
  agent: number | null;
  /** The name of the overlay, and the population that it is of; all: null. */
  overlay: string | null;
  of: number | null;
  camera: Partial<View> | null;
}

export function readAddress(hash: string): Seen {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (name: string, sound = (value: number) => value >= 0) => {
    const text = given.get(name);
    const value = Number(text);
    return text === null || text === "" || !Number.isSafeInteger(value) || !sound(value)
      ? null
      : value;
  };
  return {
    realm: number("realm"),
    tick: number("tick"),
    agent: number("agent", value => value !== -1), // those of NPCs are negative
    overlay: given.get("overlay") || null,
    of: number("of"),
    camera: readCamera(given.get("camera")),
  };
}

export function writeAddress({ camera, ...plain }: Seen): string {
  const told = Object.entries(plain).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  if (camera) {
    const numbers = Object.entries(camera).map(([name, value]) => `${name}:${value.toFixed(2)}`);
    told.push(`camera=${numbers.join(",")}`);
  }
  return `#${told.join("&")}`;
}

/** Show a tick that is asked for, if it is kept; else say that it is not. */
export function goToTick(playback: Playback, tick: number): string | null {
  const { history } = playback;
  const newest = history.now()?.tick ?? -1;
  if (history.length === 0 || tick < history.at(0).tick || tick > newest) {
    return `tick ${tick} is not kept here; this is now`;
  }
  playback.seekTick(tick);
  return null;
}

/** Show the tick before an event, so that it is seen to happen, or else that of the event itself. */
export function goToEvent(playback: Playback, tick: number): string | null {
  const { history } = playback;
  if (!isKept(history, tick)) return `tick ${tick} is no longer kept`;
  return goToTick(playback, Math.max(tick - 1, history.at(0).tick));
}

/** Whether a tick that has been is still kept. */
export function isKept(history: History, tick: number): boolean {
  return history.length > 0 && tick >= history.at(0).tick;
}

function readCamera(text: string | null): Partial<View> | null {
  if (text === null) return null;
  const pairs = text.split(",").map(pair => pair.split(":"));
  const numbers = pairs.map(([name, value]) => [name, Number(value)] as const);
  const sound = numbers.every(([name, value]) => /^[a-z]+$/.test(name) && Number.isFinite(value));
  return sound ? (Object.fromEntries(numbers) as Partial<View>) : null;
}

/** Keep the address as what is seen; nothing is written before a realm is. */
export function keepAddress(seen: () => Seen): void {
  if (window.location.protocol === "about:") return; // in a notebook's cell, which has no address
  let before = "";
  setInterval(() => {
    const now = seen();
    const text = writeAddress(now);
    if (now.realm !== null && text !== before) {
      before = text;
      window.history.replaceState(null, "", text);
    }
  }, PAUSE);
}
