// What all maps share: renderer, light, shadows, sky and haze.
import {
  type DataTexture,
  DirectionalLight,
  Fog,
  HemisphereLight,
  NeutralToneMapping,
  PCFShadowMap,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { noiseTexture } from "./ground";
import { tone } from "./palette";
import { type Shared, shared } from "./patch";
import { FIELD } from "./rig";
import { hazeColour, makeSky } from "./sky";
import { among, PIECE, plainSharpness, Still } from "./still";

/** Towards the sun: afternoon, from the west, so that shadows are long and soft. */
const SUN = new Vector3(-0.72, 0.66, -0.34).normalize();
const SHADOW_SIDE = 2048;
/** Seconds between two drawings of the shadows while trees change. */
const SHADOW_PAUSE = 0.2;

/** Who draws: a graphics card, or the processor in its place; or nobody can, without WebGL 2. */
export type Graphics = "card" | "software" | "none";

let graphics: Graphics | null = null;

/** Find out who draws. */
export function findGraphics(): Graphics {
  if (graphics !== null) return graphics;
  const gl = document.createElement("canvas").getContext("webgl2");
  if (gl === null) {
    graphics = "none";
    return graphics;
  }
  const name = rendererOf(gl);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  graphics = /swiftshader|llvmpipe|software|basic render/i.test(name) ? "software" : "card";
  return graphics;
}

/** The name of what draws. Firefox gives it without the extension, which it warns of. */
function rendererOf(gl: WebGL2RenderingContext): string {
  const name = String(gl.getParameter(gl.RENDERER));
  if (!/^webkit webgl$/i.test(name)) return name;
  const known = gl.getExtension("WEBGL_debug_renderer_info");
  return known === null ? name : String(gl.getParameter(known.UNMASKED_RENDERER_WEBGL));
}

export class Stage {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera(FIELD, 1, 0.4, 1200);
  readonly shared: Shared = shared();
  readonly noise: DataTexture;
  readonly renderer: WebGLRenderer;
  /** Draws for machines without a graphics card. */
  readonly still: Still | null;
  private readonly haze = new Fog(hazeColour(), 100, 400);
  private readonly sun = new DirectionalLight(tone("sun"), 3.1);
  private lit = { x: Infinity, z: 0, reach: 0 };
  private shadowsUntil = 0;
  private shadowsNext = 0;

  /** `plain` leaves out shadows and smooth edges, for machines without a graphics card. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly plain: boolean,
  ) {
    document.documentElement.classList.toggle("plain", plain);
    this.noise = plain ? noiseTexture(256, 1) : noiseTexture(512, 4);
    this.renderer = new WebGLRenderer({ canvas, antialias: !plain });
    this.still = plain ? new Still(this.renderer, this.shared) : null;
    this.camera.layers.enableAll();
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.toneMappingExposure = 1.08;
    this.renderer.shadowMap.enabled = !plain;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.renderer.shadowMap.autoUpdate = false;
    this.renderer.setClearColor(hazeColour());
    this.scene.fog = this.haze;
    this.scene.add(among(PIECE.sky, makeSky(this.shared, { uNoise: { value: this.noise } })));
    const sky = new HemisphereLight(tone("skyLight"), tone("groundLight"), 1.45);
    for (const light of [sky, this.sun]) light.layers.enableAll();
    this.scene.add(sky);
    this.sun.castShadow = true;
    this.sun.shadow.mapSize.set(SHADOW_SIDE, SHADOW_SIDE);
    this.sun.shadow.radius = 3;
    this.sun.shadow.bias = -0.0006;
    this.sun.shadow.normalBias = 0.05;
    this.scene.add(this.sun, this.sun.target);
    this.shared.uSun.value.copy(SUN);
  }

  /** Let the far plane fit a map. */
  fit(side: number): void {
    this.camera.far = side * 20;
    this.camera.updateProjectionMatrix();
    this.lit.x = Infinity;
  }

  /** Say that shapes which cast shadows change for some seconds from now. */
  reshade(seconds: number): void {
    this.shadowsUntil = Math.max(this.shadowsUntil, this.shared.uTime.value + seconds);
  }

  /** Fit the picture to its canvas; `sharpness` is pixels per CSS pixel. */
  resize(sharpness: number): void {
    const { clientWidth, clientHeight } = this.canvas;
    this.renderer.setPixelRatio(this.plain ? plainSharpness(clientWidth, clientHeight) : sharpness);
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.renderer.getDrawingBufferSize(this.shared.uScreen.value);
    this.camera.aspect = clientWidth / Math.max(1, clientHeight);
    this.camera.updateProjectionMatrix();
  }

  /** Draw a frame; shadows cover what is looked at. */
  draw(x: number, z: number, distance: number, side: number): void {
    // Haze begins behind what is looked at, however far that is.
    this.haze.near = Math.max(side * 0.8, distance * 0.95);
    this.haze.far = this.haze.near + side * 2.6;
    const time = this.shared.uTime.value;
    this.shared.uEye.value.copy(this.camera.position);
    const due = time < this.shadowsUntil && time >= this.shadowsNext;
    if (this.aim(x, z, distance, side) || due) {
      this.renderer.shadowMap.needsUpdate = true;
      this.shadowsNext = time + SHADOW_PAUSE;
    }
    if (this.still !== null) this.still.draw(this.scene, this.camera);
    else this.renderer.render(this.scene, this.camera);
  }

  /** Point the sun's shadows at a part of the land; says whether they must be drawn anew. */
  private aim(x: number, z: number, distance: number, side: number): boolean {
    const whole = side * 0.62;
    const reach = Math.min(whole, 2 ** Math.ceil(Math.log2(Math.max(10, distance * 0.85))));
    const near = reach < whole;
    const step = reach / 4;
    const [cx, cz] = near ? [Math.round(x / step) * step, Math.round(z / step) * step] : [0, 0];
    if (cx === this.lit.x && cz === this.lit.z && reach === this.lit.reach) return false;
    this.lit.x = cx;
    this.lit.z = cz;
    this.lit.reach = reach;
    this.sun.target.position.set(cx, 0, cz);
    this.sun.position
      .copy(SUN)
      .multiplyScalar(reach * 2)
      .add(this.sun.target.position);
    const box = this.sun.shadow.camera;
    box.left = box.bottom = -reach * 1.25;
    box.right = box.top = reach * 1.25;
    box.near = 0.1;
    box.far = reach * 4;
    box.updateProjectionMatrix();
    return true;
  }

  dispose(): void {
    this.noise.dispose();
    this.still?.dispose();
    this.renderer.dispose();
  }
}
