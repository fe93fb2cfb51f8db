// What flies and flashes for a moment: strikes, arrows, orbs, births, deaths; one draw call.
import {
  AddEquation,
  CustomBlending,
  DynamicDrawUsage,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  OneFactor,
  OneMinusSrcAlphaFactor,
  ShaderMaterial,
} from "three";
import { GROW_FAR, square } from "./agents";
import { GROUND, type Ground } from "./ground";
import type { Shared } from "./patch";

export const EFFECT = { melee: 0, arrow: 1, orb: 2, birth: 3, death: 4, spark: 5, ice: 6 } as const;
export type EffectKind = (typeof EFFECT)[keyof typeof EFFECT];

const VERTEX = /* glsl */ `
attribute vec4 way, span; attribute vec3 hue;
uniform float uTime; uniform vec3 uEye;
${GROUND}${GROW_FAR}
varying vec2 vAt; varying float vDone, vKind; varying vec3 vHue;
void main() {
  float done = (uTime - span.x) / span.y;
  vDone = done; vKind = span.z; vAt = position.xy;
  vHue = pow(max(hue, 0.0), vec3(0.4545)); // as on the screen, which colours are laid over
  if (done < 0.0 || done > 1.0) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
  vec2 along = way.zw - way.xy;
  float far = max(0.05, length(along));
  vec2 ahead = along / far;
  vec2 across = vec2(-ahead.y, ahead.x);
  float flight = span.z < 1.5 ? done : 1.0 - (1.0 - done) * (1.0 - done);
  vec2 spot = mix(way.xy, way.zw, span.z > 2.5 ? 1.0 : flight);
  float size = span.w * grownFrom(distance(uEye, vec3(spot.x, 0.0, spot.y)));
  vec3 foot = vec3(spot.x, groundAt(spot), spot.y);
  vec4 place;
  if (span.z < 0.5) {
    vec2 middle = mix(way.xy, way.zw, 0.62);
    vec2 flat_ = middle + (across * position.x + ahead * position.y) * size;
    place = viewMatrix * vec4(flat_.x, groundAt(middle) + 0.48 + 0.25 * position.x, flat_.y, 1.0);
  } else if (span.z < 1.5) {
    float lift = groundAt(mix(way.xy, way.zw, done)) + 0.5 + 0.9 * done * (1.0 - done);
    vec3 point = vec3(spot.x, lift, spot.y);
    vec3 forward = normalize(vec3(ahead.x, 0.9 * (1.0 - 2.0 * done) / far, ahead.y));
    vec3 side = normalize(cross(forward, uEye - point));
    point += forward * position.y * size * 0.42 + side * position.x * size * 0.07;
    place = viewMatrix * vec4(point, 1.0);
  } else if (span.z < 2.5 || (span.z > 3.5 && span.z < 5.5)) {
    float lift = span.z < 2.5 ? 0.55 : span.z < 4.5 ? 0.3 + done * 1.3 : 0.5;
    place = viewMatrix * vec4(foot + vec3(0.0, lift, 0.0), 1.0);
    place.xy += position.xy * size;
  } else {
    vec2 flat_ = spot + position.xy * size;
    float y = max(groundAt(flat_), foot.y) + 0.06;
    place = viewMatrix * vec4(flat_.x, y, flat_.y, 1.0);
  }
  gl_Position = projectionMatrix * place;
}`;

const FRAGMENT = /* glsl */ `
#include <common>
uniform sampler2D uNoise;
varying vec2 vAt; varying float vDone, vKind; varying vec3 vHue;
void main() {
  float r = length(vAt);
  float angle = atan(vAt.x, vAt.y);
  float left = 1.0 - vDone;
  vec3 color = vec3(0.0);
  float cover = 0.0;
  if (vKind < 0.5) {
    float head = mix(-1.9, 1.9, smoothstep(0.0, 0.55, vDone));
    float tail = smoothstep(head - 1.7, head, angle) * step(angle, head);
    float blade = smoothstep(0.5, 0.82, r) * smoothstep(1.0, 0.9, r);
    cover = blade * tail * smoothstep(0.0, 0.4, left);
    color = mix(vHue, vec3(1.0), 0.75) * cover * 1.3;
    cover *= 0.6;
  } else if (vKind < 1.5) {
    float shaft = smoothstep(0.35, 0.2, abs(vAt.x)) * step(vAt.y, 0.7);
    float tip = step(0.7, vAt.y) * step(abs(vAt.x), (1.0 - vAt.y) * 3.2);
    float fletch = step(vAt.y, -0.7) * step(abs(vAt.x), 0.9);
    cover = max(shaft, max(tip, fletch));
    color = mix(vec3(0.45, 0.28, 0.14), vec3(0.95), tip);
    color = mix(color, vHue * 1.3 + 0.1, fletch) * cover;
  } else if (vKind < 2.5) {
    float core = smoothstep(0.42, 0.05, r);
    float halo = pow(max(0.0, 1.0 - r), 2.2);
    float spark = 0.75 + 0.25 * sin(angle * 5.0 + vDone * 30.0);
    color = vec3(0.55, 0.8, 1.0) * halo * spark * 0.9 + vec3(0.9, 0.97, 1.0) * core;
    cover = core * 0.8;
  } else if (vKind < 3.5) {
    float wave = mix(0.1, 0.95, 1.0 - left * left);
    float ring = smoothstep(0.16, 0.0, abs(r - wave));
    float glow = smoothstep(1.0, 0.0, r) * 0.35;
    color = mix(vHue, vec3(1.0, 0.95, 0.75), 0.4) * (ring + glow * 0.6) * left * 0.8;
    cover = ring * left * 0.25;
  } else if (vKind < 4.5) {
    float smoke = texture2D(uNoise, vAt * 0.11 + vec2(vHue.r, vDone * 0.09)).r;
    float puff = smoothstep(0.95, 0.25, r + (smoke - 0.5) * 1.5) * left;
    cover = puff * 0.42;
    color = mix(vHue * 0.5 + 0.1, vec3(0.62, 0.6, 0.68), 0.7) * cover;
  } else if (vKind < 5.5) {
    float rays = pow(abs(cos(angle * 3.0 + vHue.r * 9.0)), 14.0);
    float burst = smoothstep(vDone + 0.25, vDone * 0.7, r) * rays + smoothstep(0.25, 0.0, r) * left * 0.6;
    color = mix(vec3(1.0, 0.6, 0.2), vec3(1.0, 0.9, 0.7), left) * burst * left * 0.9;
    cover = burst * left * 0.4;
  } else {
    float arms = pow(abs(cos(angle * 3.0)), 10.0) * smoothstep(1.0, 0.2, r / (0.3 + 0.7 * vDone));
    float ring = smoothstep(0.12, 0.0, abs(r - 0.85 * sqrt(vDone)));
    cover = clamp(arms + ring * 0.7, 0.0, 1.0) * left;
    color = vec3(0.62, 0.85, 1.0) * cover * 0.75;
    cover *= 0.5;
  }
  if (cover + color.r + color.g + color.b < 0.01) discard;
  gl_FragColor = vec4(color, cover);
}`;

/** A ring of places for effects; the oldest makes room for the newest. */
export class Effects {
  readonly mesh: Mesh;
  private next = 0;
  private readonly way: InstancedBufferAttribute;
  private readonly span: InstancedBufferAttribute;
  private readonly hue: InstancedBufferAttribute;

  constructor(
    ground: Ground,
    shared: Shared,
    private readonly room = 1024,
  ) {
    const column = (size: number) =>
      new InstancedBufferAttribute(new Float32Array(size * room).fill(-1e4), size).setUsage(
        DynamicDrawUsage,
      );
    this.way = column(4);
    this.span = column(4);
    this.hue = column(3);
    const geometry = new InstancedBufferGeometry();
    const shape = square();
    geometry.setAttribute("position", shape.getAttribute("position"));
    geometry.setIndex(shape.getIndex());
    geometry.setAttribute("way", this.way);
    geometry.setAttribute("span", this.span);
    geometry.setAttribute("hue", this.hue);
    geometry.instanceCount = room;
    const material = new ShaderMaterial({
      uniforms: { ...ground.uniforms, ...shared },
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      transparent: true,
      depthWrite: false,
      side: 2,
      blending: CustomBlending,
      blendEquation: AddEquation,
      blendSrc: OneFactor,
      blendDst: OneMinusSrcAlphaFactor,
    });
    this.mesh = new Mesh(geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 4;
  }

  /** Let something happen; places in tiles from the middle, times in seconds. */
  add(
    kind: EffectKind,
    x0: number,
    z0: number,
    x1: number,
    z1: number,
    start: number,
    seconds: number,
    size: number,
    r: number,
    g: number,
    b: number,
  ): void {
    const k = this.next;
    this.next = (k + 1) % this.room;
    this.mesh.visible = true;
    this.way.setXYZW(k, x0, z0, x1, z1);
    this.span.setXYZW(k, start, seconds, kind, size);
    this.hue.setXYZ(k, r, g, b);
    for (const column of [this.way, this.span, this.hue]) column.needsUpdate = true;
  }

  /** Forget all, for example when time jumps. */
  clear(): void {
    (this.span.array as Float32Array).fill(-1e4);
    this.span.needsUpdate = true;
  }
}
