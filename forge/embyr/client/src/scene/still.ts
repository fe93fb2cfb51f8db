// A picture of what hardly moves, for machines without a graphics card: land, plants, water and sky
// are drawn aside, a piece at a time. Every frame shows the last whole picture, and over it who moves.
import {
  AlwaysDepth,
  type Camera,
  DepthTexture,
  Matrix4,
  Mesh,
  NearestFilter,
  type Object3D,
  OrthographicCamera,
  type Scene,
  ShaderMaterial,
  SRGBColorSpace,
  UnsignedIntType,
  Vector2,
  type WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import { square } from "./agents";
import type { Shared } from "./patch";
import { MARKS, MARKS_HEAD, type MarkUniforms, markUniforms } from "./sight";

/** The pieces, as layers, in the order in which they are drawn; layer 0 is what moves. */
export const PIECE = {
  terrain: 1,
  conifers: 2,
  broadleaves: 3,
  bushes: 4,
  rocks: 5,
  lava: 6,
  sky: 7,
  water: 8,
} as const;
const LAST = PIECE.water;

/** Pixels of a picture at most, and of one that is made in a hurry, as the camera moves. */
const FINE = 1_000_000;
const QUICK = 180_000;
/** Frames from one piece to the next, and seconds from one picture to the next. */
const PAUSE = 3;
const PERIOD = 1.5;

const VERTEX = /* glsl */ `
varying vec2 vUv;
void main() { vUv = position.xy * 0.5 + 0.5; gl_Position = vec4(position.xy, 0.0, 1.0); }`;

const FRAGMENT = /* glsl */ `
uniform sampler2D uPicture, uDepth; uniform mat4 uFromScreen; uniform float uTime;
${MARKS_HEAD}
varying vec2 vUv;
void main() {
  float depth = texture2D(uDepth, vUv).r;
  vec3 outgoingLight = texture2D(uPicture, vUv).rgb;
  if (uMark.w + uSight.w > 0.5 && depth < 1.0) {
    vec4 at = uFromScreen * vec4(vec3(vUv, depth) * 2.0 - 1.0, 1.0);
    vec3 vPlace = at.xyz / at.w;
    ${MARKS}
  }
  gl_FragColor = vec4(outgoingLight, 1.0);
  gl_FragDepth = depth;
}`;

/** Put something among what hardly moves. */
export function among<Thing extends Object3D>(piece: number, thing: Thing): Thing {
  thing.layers.set(piece);
  return thing;
}

export class Still {
  /** What is marked on the ground; drawn over the picture, as marks move. */
  marks: MarkUniforms = markUniforms();
  private readonly quick = target();
  private front = target();
  private back = target();
  private shown = this.quick;
  /** The piece that is drawn next; 0: none. */
  private next = 0;
  private frames = 0;
  private begun = 0;
  private readonly seen = new Matrix4();
  private readonly now = new Matrix4();
  private readonly size = new Vector2();
  private stale = true;
  private readonly material: ShaderMaterial;
  private readonly screen: Mesh;
  private readonly flat = new OrthographicCamera();

  constructor(
    private readonly renderer: WebGLRenderer,
    private readonly shared: Shared,
  ) {
    this.material = new ShaderMaterial({
      uniforms: {
        uPicture: { value: null },
        uDepth: { value: null },
        uFromScreen: { value: new Matrix4() },
        uTime: shared.uTime,
      },
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      depthFunc: AlwaysDepth,
      toneMapped: false,
    });
    this.screen = new Mesh(square(), this.material);
    this.screen.frustumCulled = false;
  }

  /** Draw a new picture at once: the world is another one. */
  begin(marks: MarkUniforms): void {
    this.marks = marks;
    this.stale = true;
  }

  /** Begin a new picture soon: something of it has changed. */
  renew(): void {
    this.next = PIECE.terrain;
    this.begun = this.shared.uTime.value;
  }

  /** Draw a frame; `whole` makes a fine picture for it. */
  draw(scene: Scene, camera: Camera, whole = false): void {
    this.now.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    this.renderer.getDrawingBufferSize(this.size);
    const moved = differs(this.now, this.seen);
    if (this.stale || moved || whole) {
      this.stale = false;
      this.seen.copy(this.now);
      this.shown = whole ? this.front : this.quick;
      this.fit(this.shown, whole ? FINE : QUICK);
      for (let piece = 1; piece <= LAST; piece++) this.drawPiece(scene, camera, piece, this.shown);
      this.renew();
    } else {
      this.advance(scene, camera);
    }
    this.show(scene, camera);
  }

  /** Go on with the next picture, if it is time. */
  private advance(scene: Scene, camera: Camera): void {
    if (this.next === 0 && this.shared.uTime.value - this.begun >= PERIOD) this.renew();
    if (this.next === 0 || ++this.frames % PAUSE !== 0) return;
    if (this.next === PIECE.terrain) this.fit(this.back, FINE);
    this.drawPiece(scene, camera, this.next, this.back);
    this.next = this.next === LAST ? 0 : this.next + 1;
    if (this.next > 0) return;
    this.shown = this.back;
    [this.front, this.back] = [this.back, this.front];
  }

  private drawPiece(scene: Scene, camera: Camera, piece: number, to: WebGLRenderTarget): void {
    this.renderer.setRenderTarget(to);
    this.renderer.autoClear = piece === 1;
    camera.layers.set(piece);
    this.renderer.render(scene, camera);
    camera.layers.enableAll();
    this.renderer.autoClear = true;
    this.renderer.setRenderTarget(null);
  }

  private show(scene: Scene, camera: Camera): void {
    const { uniforms } = this.material;
    uniforms.uPicture.value = this.shown.texture;
    uniforms.uDepth.value = this.shown.depthTexture;
    uniforms.uFromScreen.value.copy(this.now).invert();
    uniforms.uMark = this.marks.uMark;
    uniforms.uSight = this.marks.uSight;
    this.renderer.autoClear = false;
    this.renderer.render(this.screen, this.flat);
    camera.layers.set(0);
    this.renderer.render(scene, camera);
    camera.layers.enableAll();
    this.renderer.autoClear = true;
  }

  /** Let a picture have so many pixels at most. */
  private fit(picture: WebGLRenderTarget, most: number): void {
    const { x, y } = this.size;
    const scale = Math.min(1, Math.sqrt(most / Math.max(1, x * y)));
    picture.setSize(Math.max(1, Math.round(x * scale)), Math.max(1, Math.round(y * scale)));
  }

  dispose(): void {
    for (const picture of [this.quick, this.front, this.back]) {
      picture.depthTexture?.dispose();
      picture.dispose();
    }
    this.material.dispose();
    this.screen.geometry.dispose();
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
  made.depthTexture = new DepthTexture(1, 1, UnsignedIntType);
  made.depthTexture.minFilter = made.depthTexture.magFilter = NearestFilter;
  // Three maps tones, and converts colours, only for the screen and for what it takes for one.
  (made as WebGLRenderTarget & { isXRRenderTarget: boolean }).isXRRenderTarget = true;
  return made;
}
