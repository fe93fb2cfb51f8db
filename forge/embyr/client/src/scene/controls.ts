// Hands on the camera: mouse, wheel, touch and keys.
import type { Rig } from "./rig";

/** Keys that point to a side of the screen: to the right, and away. */
export const WAYS: Record<string, [number, number]> = {
  KeyW: [0, 1],
  ArrowUp: [0, 1],
  KeyS: [0, -1],
  ArrowDown: [0, -1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
};
const TURN_KEYS: Record<string, number> = { KeyQ: -1, KeyE: 1 };
const ZOOM_KEYS: Record<string, number> = { Equal: -1, NumpadAdd: -1, Minus: 1, NumpadSubtract: 1 };

/** A press that moves no farther than this is a click [pixels]. */
const CLICK = 6;

interface Finger {
  x: number;
  y: number;
}

export interface Hands {
  /** Called when a place of the picture is clicked [pixels from its corner]. */
  onClick: (x: number, y: number) => void;
  /** Called when somebody moves the point looked at, so that following ends. */
  onPan: () => void;
}

export class Controls {
  private readonly held = new Set<string>();
  private readonly fingers = new Map<number, Finger>();
  private moved = 0;
  private readonly quit = new AbortController();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly rig: Rig,
    private readonly hands: Hands,
  ) {
    const { signal } = this.quit;
    canvas.style.touchAction = "none";
    canvas.addEventListener("pointerdown", event => this.down(event), { signal });
    canvas.addEventListener("pointermove", event => this.move(event), { signal });
    canvas.addEventListener("pointerup", event => this.up(event), { signal });
    canvas.addEventListener("pointercancel", event => this.fingers.delete(event.pointerId), {
      signal,
    });
    canvas.addEventListener("contextmenu", event => event.preventDefault(), { signal });
    canvas.addEventListener("wheel", event => this.wheel(event), { signal, passive: false });
    window.addEventListener("keydown", event => this.key(event, true), { signal });
    window.addEventListener("keyup", event => this.key(event, false), { signal });
    window.addEventListener("blur", () => this.held.clear(), { signal });
  }

  dispose(): void {
    this.quit.abort();
  }

  /** Move on by the keys that are held. */
  advance(seconds: number): void {
    if (this.held.size === 0) return;
    const pace = this.rig.goal.distance * 0.75 * seconds;
    for (const code of this.held) {
      const pan = WAYS[code];
      if (pan !== undefined) {
        this.rig.pan(pan[0] * pace, pan[1] * pace);
        this.hands.onPan();
      }
      if (code in TURN_KEYS) this.rig.turn(TURN_KEYS[code] * 1.6 * seconds, 0);
      if (code in ZOOM_KEYS) this.rig.zoom(Math.exp(ZOOM_KEYS[code] * 1.5 * seconds));
    }
  }

  private key(event: KeyboardEvent, down: boolean): void {
    const { code } = event;
    if (!down) {
      this.held.delete(code);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || takesKey(event.target, event.key)) return;
    if (code in WAYS || code in TURN_KEYS || code in ZOOM_KEYS) {
      this.held.add(code);
      event.preventDefault();
    }
  }

  private down(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    if (this.fingers.size === 0) this.moved = 0;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  private move(event: PointerEvent): void {
    const finger = this.fingers.get(event.pointerId);
    if (finger === undefined) return;
    const dx = event.clientX - finger.x;
    const dy = event.clientY - finger.y;
    this.moved += Math.abs(dx) + Math.abs(dy);
    if (this.fingers.size === 2) this.pinch(event.pointerId, finger, dx, dy);
    else if (this.moved > CLICK) this.drag(event, dx, dy);
    finger.x = event.clientX;
    finger.y = event.clientY;
  }

  private drag(event: PointerEvent, dx: number, dy: number): void {
    const turns = (event.buttons & 6) !== 0 || event.ctrlKey || event.shiftKey;
    if (turns) {
      this.rig.turn(-dx * 0.005, dy * 0.004);
      return;
    }
    const scale = (this.rig.view.distance * 0.66) / this.canvas.clientHeight;
    this.rig.pan(-dx * scale, (dy * scale) / Math.max(0.35, Math.sin(this.rig.view.elevation)));
    this.hands.onPan();
  }

  /** Two fingers: spread to come near, twist to turn, slide up to tilt. */
  private pinch(id: number, finger: Finger, dx: number, dy: number): void {
    for (const [key, other] of this.fingers) {
      if (key === id) continue;
      const before = Math.hypot(finger.x - other.x, finger.y - other.y);
      const after = Math.hypot(finger.x + dx - other.x, finger.y + dy - other.y);
      this.rig.zoom(before / Math.max(1, after));
      const was = Math.atan2(finger.y - other.y, finger.x - other.x);
      const is = Math.atan2(finger.y + dy - other.y, finger.x + dx - other.x);
      this.rig.turn(Math.atan2(Math.sin(was - is), Math.cos(was - is)), dy * 0.0015);
    }
  }

  private up(event: PointerEvent): void {
    const single = this.fingers.size === 1;
    this.fingers.delete(event.pointerId);
    if (!single || this.moved > CLICK || event.button > 0) return;
    const box = this.canvas.getBoundingClientRect();
    this.hands.onClick(event.clientX - box.left, event.clientY - box.top);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : 1;
    this.rig.zoom(Math.exp(Math.max(-160, Math.min(160, event.deltaY * lines)) * 0.0016));
  }
}

/** Keys that move a slider, a choice or a list. */
const MOVERS = /^(Arrow(Up|Down|Left|Right)|Home|End|Page(Up|Down))$/;

/** Whether what has the focus takes a key itself: a field all of them, others those that move it. */
export function takesKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (typing(target)) return true;
  return MOVERS.test(key) && (["INPUT", "SELECT"].includes(target.tagName) || scrolls(target));
}

function typing(target: HTMLElement): boolean {
  if (target.isContentEditable || target.tagName === "TEXTAREA") return true;
  return target instanceof HTMLInputElement && ["text", "number"].includes(target.type);
}

function scrolls(target: HTMLElement): boolean {
  return target.tabIndex >= 0 && target.scrollHeight > target.clientHeight && isList(target);
}

/** Buttons and the page itself may be taller within than without, and yet do not scroll. */
function isList(target: HTMLElement): boolean {
  return ["auto", "scroll"].includes(getComputedStyle(target).overflowY);
}

/** Give the keys back to the page once something is chosen; who chooses by keys stays there. */
export function leaveChoices(): void {
  let byKey = false;
  const hear = (event: Event) => {
    byKey = event.type === "keydown";
  };
  for (const kind of ["keydown", "pointerdown"]) {
    window.addEventListener(kind, hear, { capture: true });
  }
  window.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement && !byKey) target.blur();
  });
}
