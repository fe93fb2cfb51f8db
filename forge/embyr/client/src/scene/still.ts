// A picture of what hardly moves, for machines without a graphics card: land, plants, water and sky
// are drawn aside, a piece at a time. Every frame copies the last whole picture, and draws over it who
// moves. While the camera moves the picture is drawn at once, with a quarter of the pixels. The very
// first one is shown as it grows, since the shaders of each piece take their time.
import {
  type Camera,
  Matrix4,
  type Object3D,
  type Scene,
  SRGBColorSpace,
  Vector2,
  type WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import type { Shared } from "./patch";

/** The pieces, as layers, in the order in which they are drawn; layer 0 is what moves. */
export const PIECE = {
  terrain: 1,
  lava: 2,
  sky: 3,
  conifers: 4,
  broadleaves: 5,
  rocks: 6,
  bushes: 7,
  water: 8,
} as const;
const LAST = PIECE.water;

/** Pixels that are drawn, at most. */
const PIXELS = 420_000;
/** How many times fewer pixels a side has while the camera moves. */
const COARSE = 2;
/** Frames from one piece to the next, and seconds from one picture to the next. */
const PAUSE = 3;
const PERIOD = 1.5;

/** Put something among what hardly moves. */
export function among<Thing extends Object3D>(piece: number, thing: Thing): Thing {
  thing.layers.set(piece);
  return thing;
}

/** Pixels per CSS pixel of a canvas of that size, so that not too many are drawn. */
export function plainSharpness(width: number, height: number): number {
  return Math.min(1, Math.sqrt(PIXELS / Math.max(1, width * height)));
}

export class Still {
  private front = target();
  private back = target();
  private readonly frame = target();
  /** Takes the picture while the camera moves. */
  private readonly coarse = target();
  /** Whether that is what is shown. */
  private moving = false;
  /** Whether a piece is drawn in every frame. */
  private hurry = false;
  /** Pieces that have been drawn at least once: their shaders are there. */
  private known = 0;
  /** The piece that is drawn next; 0: none. */
  private next = 0;
  private frames = 0;
  private begun = 0;
  private readonly seen = new Matrix4();
  private readonly now = new Matrix4();
  private readonly size = new Vector2();
  private stale = true;

  constructor(
    private readonly renderer: WebGLRenderer,
    private readonly shared: Shared,
  ) {}

  /** Draw a new picture at once: the world is another one. */
  begin(): void {
    this.stale = true;
  }

  /** Begin a new picture: something of it has changed, which is waited for if there is `hurry`. */
  renew(hurry = false): void {
    this.hurry ||= hurry;
    this.next = PIECE.terrain;
    this.begun = this.shared.uTime.value;
  }

  /** Draw a frame. */
  draw(scene: Scene, camera: Camera): void {
    camera.updateMatrixWorld();
    this.now.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    const resized = this.fit();
    const opening = this.known < LAST;
    if (opening) this.known++;
    if (this.stale || resized || differs(this.now, this.seen)) {
      this.stale = false;
      this.seen.copy(this.now);
      this.moving = !opening;
      for (let piece = 1; piece <= this.known; piece++) {
        this.drawPiece(scene, camera, piece, this.shown);
      }
      this.renew();
    } else if (opening) {
      this.drawPiece(scene, camera, this.known, this.shown);
    } else {
      this.advance(scene, camera);
    }
    this.show(scene, camera, this.known > 1);
  }

  private get shown(): WebGLRenderTarget {
    return this.moving ? this.coarse : this.front;
  }

  /** Go on with the next picture, if it is time. */
  private advance(scene: Scene, camera: Camera): void {
    if (this.next === 0 && this.shared.uTime.value - this.begun >= PERIOD) this.renew();
    if (this.next === 0 || (!this.moving && !this.hurry && ++this.frames % PAUSE !== 0)) return;
    this.drawPiece(scene, camera, this.next, this.back);
    this.next = this.next === LAST ? 0 : this.next + 1;
    if (this.next !== 0) return;
    [this.front, this.back] = [this.back, this.front];
    this.moving = this.hurry = false;
  }

  private drawPiece(scene: Scene, camera: Camera, piece: number, to: WebGLRenderTarget): void {
    this.drawLayer(scene, camera, piece, to, piece === PIECE.terrain);
  }

  private drawLayer(
    scene: Scene,
    camera: Camera,
    layer: number,
    to: WebGLRenderTarget,
    clear: boolean,
  ): void {
    this.renderer.setRenderTarget(to);
    this.renderer.autoClear = clear;
    camera.layers.set(layer);
    this.renderer.render(scene, camera);
    camera.layers.enableAll();
    this.renderer.autoClear = true;
  }

  /** Show the picture, with who moves over it. */
  private show(scene: Scene, camera: Camera, peopled: boolean): void {
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    this.renderer.setRenderTarget(this.frame);
    this.copy(this.shown, this.frame, gl.COLOR_BUFFER_BIT);
    this.copy(this.shown, this.frame, gl.DEPTH_BUFFER_BIT);
    if (peopled) this.drawLayer(scene, camera, 0, this.frame, false);
    this.copy(this.frame, null, gl.COLOR_BUFFER_BIT);
    this.renderer.setRenderTarget(null);
  }

  /** Copy pixels, which costs least; to the screen, if no target is given. */
  private copy(from: WebGLRenderTarget, to: WebGLRenderTarget | null, what: number): void {
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    const { state } = this.renderer;
    const { x, y } = this.size;
    const { width, height } = from;
    state.bindFramebuffer(gl.READ_FRAMEBUFFER, this.buffer(from));
    state.bindFramebuffer(gl.DRAW_FRAMEBUFFER, to === null ? null : this.buffer(to));
    const soft = width !== x && what === gl.COLOR_BUFFER_BIT;
    gl.blitFramebuffer(0, 0, width, height, 0, 0, x, y, what, soft ? gl.LINEAR : gl.NEAREST);
  }

  private buffer(of: WebGLRenderTarget): WebGLFramebuffer {
    const held = this.renderer.properties.get(of) as { __webglFramebuffer: WebGLFramebuffer };
    return held.__webglFramebuffer;
  }

  /** Let all pictures be as large as what is drawn; says whether they were not. */
  private fit(): boolean {
    const { size } = this;
    this.renderer.getDrawingBufferSize(size);
    if (this.front.width === size.x && this.front.height === size.y) return false;
    for (const picture of [this.front, this.back, this.frame]) picture.setSize(size.x, size.y);
    this.coarse.setSize(Math.ceil(size.x / COARSE), Math.ceil(size.y / COARSE));
    return true;
  }

  dispose(): void {
    const pictures = [this.front, this.back, this.frame, this.coarse];
    for (const picture of pictures) picture.dispose();
  }
}

/** Whether the camera has moved by more than cannot be seen. */
function differs(a: Matrix4, b: Matrix4): boolean {
  return a.elements.some(
    (value, k) => Math.abs(value - b.elements[k]) > 2e-4 * (1 + Math.abs(value)),
  );
}

/** Make a picture with the colours of the screen, and its depths. */
function target(): WebGLRenderTarget {
  const made = new WebGLRenderTarget(1, 1, { colorSpace: SRGBColorSpace, internalFormat: "RGBA8" });
  // Three maps tones, and converts colours, only for the screen and for what it takes for one.
  (made as WebGLRenderTarget & { isXRRenderTarget: boolean }).isXRRenderTarget = true;
  return made;
}
