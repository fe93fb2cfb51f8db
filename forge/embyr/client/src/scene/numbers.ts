// Numbers that rise from those who are hurt; one draw call, digits drawn by ourselves.
import {
  CanvasTexture,
  DynamicDrawUsage,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  LinearFilter,
  Mesh,
  ShaderMaterial,
} from "three";
import { GROW_FAR, square } from "./agents";
import { GROUND, type Ground } from "./ground";
import { Hurts } from "./hurts";
import type { Shared } from "./patch";

const CELL = 64;

function digits(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = CELL * 11;
  canvas.height = CELL;
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("this browser gives no 2-D canvas");
  pen.font = `800 ${CELL * 0.8}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const [k, digit] of [..."0123456789−"].entries()) {
    const x = (k + 0.5) * CELL;
    pen.lineWidth = 9;
    pen.strokeStyle = "#000";
    pen.strokeText(digit, x, CELL * 0.54);
    pen.fillStyle = "#fff";
    pen.fillText(digit, x, CELL * 0.54);
  }
  const texture = new CanvasTexture(canvas);
  texture.minFilter = LinearFilter;
  texture.generateMipmaps = false;
  return texture;
}

const VERTEX = /* glsl */ `
attribute vec3 spot; attribute vec2 amount;
uniform float uTime; uniform vec3 uEye;
${GROUND}${GROW_FAR}
varying vec2 vAt; varying float vValue, vFade, vStyle;
void main() {
  float age = (uTime - spot.z) / 1.1;
  float far = distance(uEye, vec3(spot.x, 0.0, spot.y));
  if (age < 0.0 || age > 1.0 || far > 42.0) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
  vFade = (1.0 - smoothstep(0.6, 1.0, age)) * (1.0 - smoothstep(30.0, 42.0, far));
  vAt = position.xy * 0.5 + 0.5; vValue = amount.x; vStyle = amount.y;
  // Steadily, so that each stands clear of the next of the same agent.
  float lift = (1.25 + age * 1.4) * grownFrom(far);
  vec4 middle = viewMatrix * vec4(spot.x, groundAt(spot.xy) + lift, spot.y, 1.0);
  float size = (0.3 + 0.1 * smoothstep(0.2, 0.0, age)) * grownFrom(far) * (amount.x > 4.5 ? 1.15 : 1.0);
  middle.xy += position.xy * vec2(size * 1.5, size);
  gl_Position = projectionMatrix * middle;
}`;

const FRAGMENT = /* glsl */ `
uniform sampler2D uDigits;
varying vec2 vAt; varying float vValue, vFade, vStyle;
void main() {
  float count = vValue > 99.5 ? 4.0 : vValue > 9.5 ? 3.0 : 2.0;
  float across = (vAt.x - 0.5) * 4.2 + count * 0.5;
  float place = floor(across);
  if (place < 0.0 || place >= count) discard;
  float power = count - 1.0 - place;
  float digit = place < 0.5 ? 10.0 : mod(floor((vValue + 0.5) / pow(10.0, power)), 10.0);
  vec2 uv = vec2((digit + 0.18 + fract(across) * 0.64) / 11.0, vAt.y);
  vec4 ink = texture2D(uDigits, uv);
  vec3 hue = vStyle < 0.5 ? vec3(1.0, 0.42, 0.32) : vStyle < 1.5 ? vec3(1.0, 0.82, 0.35) : vec3(0.55, 0.85, 1.0);
  if (ink.a < 0.02) discard;
  gl_FragColor = vec4(ink.rgb * hue / max(ink.a, 0.01), ink.a * vFade);
}`;

export class Numbers {
  readonly mesh: Mesh;
  private next = 0;
  private readonly hurts = new Hurts();
  private readonly spot: InstancedBufferAttribute;
  private readonly amount: InstancedBufferAttribute;

  constructor(
    ground: Ground,
    shared: Shared,
    private readonly room = 256,
  ) {
    const column = (size: number) =>
      new InstancedBufferAttribute(new Float32Array(size * room).fill(-1e4), size).setUsage(
        DynamicDrawUsage,
      );
    this.spot = column(3);
    this.amount = column(2);
    const geometry = new InstancedBufferGeometry();
    const shape = square();
    geometry.setAttribute("position", shape.getAttribute("position"));
    geometry.setIndex(shape.getIndex());
    geometry.setAttribute("spot", this.spot);
    geometry.setAttribute("amount", this.amount);
    geometry.instanceCount = room;
    const material = new ShaderMaterial({
      uniforms: { ...ground.uniforms, ...shared, uDigits: { value: digits() } },
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      transparent: true,
      depthWrite: false,
      depthTest: false,
    });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 8;
  }

  /** Show that somebody is struck, by so much, at a place and a time. */
  add(target: number, damage: number, style: number, x: number, z: number, start: number): void {
    const hurt = this.hurts.add(target, damage, style, start, () => this.begin(x, z, start));
    this.amount.setXY(hurt.place, hurt.damage, hurt.style);
    this.amount.needsUpdate = true;
  }

  /** Forget all, for example when time jumps. */
  clear(): void {
    this.hurts.clear();
    (this.spot.array as Float32Array).fill(-1e4);
    this.spot.needsUpdate = true;
  }

  /** Let a number begin to rise, in place of the oldest. */
  private begin(x: number, z: number, start: number): number {
    const k = this.next;
    this.next = (k + 1) % this.room;
    this.mesh.visible = true;
    this.spot.setXYZ(k, x, z, start);
    this.spot.needsUpdate = true;
    return k;
  }
}
