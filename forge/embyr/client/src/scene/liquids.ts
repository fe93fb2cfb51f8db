// Water and lava: two flat sheets that move.
import {
  CircleGeometry,
  Mesh,
  PlaneGeometry,
  ShaderMaterial,
  UniformsLib,
  UniformsUtils,
} from "three";
import { FAR, type Field, LAVA_LEVEL, WATER_LEVEL } from "./field";
import { GROUND, type Ground } from "./ground";
import { glslPalette } from "./palette";
import type { Shared } from "./patch";

const VERTEX = /* glsl */ `
#include <fog_pars_vertex>
varying vec3 vPlace;
void main() {
  vPlace = (modelMatrix * vec4(position, 1.0)).xyz;
  vec4 mvPosition = viewMatrix * vec4(vPlace, 1.0);
  gl_Position = projectionMatrix * mvPosition;
  #include <fog_vertex>
}`;

const END = /* glsl */ `
  #include <tonemapping_fragment>
  #include <colorspace_fragment>
  #include <fog_fragment>
`;

const HEAD = /* glsl */ `
#include <common>
#include <fog_pars_fragment>
${GROUND}
uniform float uTime; uniform vec3 uEye, uSun;
varying vec3 vPlace;
`;

const WATER_COLOURS = glslPalette([
  "waterShallow",
  "waterDeep",
  "foam",
  "sun",
  "zenith",
  "horizon",
]);
const WATER = /* glsl */ `
${HEAD}${WATER_COLOURS}
void main() {
  vec2 at = vPlace.xz;
  float depth = ${WATER_LEVEL.toFixed(2)} - groundAt(at);
  if (depth < -0.02 || texture2D(uMasks, gridUv(at)).b > 0.04) discard;
  vec4 a = texture2D(uNoise, at * 0.055 + uTime * vec2(0.010, 0.006));
  vec4 b = texture2D(uNoise, at * 0.083 - uTime * vec2(0.007, 0.011) + 0.5);
  vec4 c = texture2D(uNoise, at * 0.19 + uTime * vec2(-0.021, 0.017) + a.rb * 0.05);
  vec2 tilt = (vec2(a.a, b.a) + vec2(b.r, a.r) - 1.0) * 0.4 + (c.ra - 0.5) * 0.34;
  vec3 normal = normalize(vec3(tilt.x, 1.0, tilt.y));
  vec3 eye = normalize(uEye - vPlace);
  float fresnel = 0.03 + 0.97 * pow(1.0 - max(0.0, dot(eye, normal)), 5.0);
  vec3 color = mix(WATER_SHALLOW, WATER_DEEP, smoothstep(0.0, 0.54, depth + (a.r - 0.5) * 0.2));
  float swell = a.a * 0.5 + c.a * 0.5;
  color *= 0.82 + 0.3 * smoothstep(0.3, 0.7, swell);
  color = mix(color, WATER_SHALLOW, 0.3 * smoothstep(0.56, 0.66, swell) * smoothstep(0.8, 0.66, swell));
  // Caustics in the shallows.
  float net = 1.0 - min(a.g, b.g);
  color += WATER_SHALLOW * pow(net, 6.0) * 0.35 * smoothstep(0.42, 0.1, depth);
  color = mix(color, mix(ZENITH, HORIZON, 0.55), clamp(fresnel * 0.8 + 0.1, 0.0, 1.0));
  vec3 halfway = normalize(eye + uSun);
  color += SUN * 0.85 * pow(max(0.0, dot(normal, halfway)), 130.0);
  float glint = texture2D(uNoise, at * 0.47 - uTime * vec2(0.031, 0.024)).b;
  color += SUN * 0.7 * smoothstep(0.7, 0.78, glint * 0.6 + c.r * 0.4);
  // Foam: a lace on the shore, and lines that run in.
  float run = fract(depth * 7.0 + uTime * 0.16 + b.r * 0.6);
  float lace = smoothstep(0.075, 0.0, depth + (b.b - 0.5) * 0.09);
  float lines = smoothstep(0.86, 0.98, run) * smoothstep(0.2, 0.03, depth) * step(0.42, a.b);
  float foam = clamp(lace * 0.85 + lines * 0.5, 0.0, 1.0);
  color = mix(color, FOAM, foam);
  float alpha = mix(smoothstep(-0.02, 0.16, depth) * 0.62 + 0.3 * smoothstep(0.1, 0.4, depth), 1.0, foam);
  gl_FragColor = vec4(color, alpha * smoothstep(-0.02, 0.01, depth));
  ${END}
}`;

const LAVA_COLOURS = glslPalette(["lavaHot", "lava", "lavaCrust", "basalt"]);
const LAVA = /* glsl */ `
${HEAD}${LAVA_COLOURS}
void main() {
  vec2 at = vPlace.xz;
  vec2 inside = clamp(at, vec2(-0.5 * uSide), vec2(0.5 * uSide));
  float away = texture2D(uMasks, gridUv(inside)).a * ${FAR.toFixed(1)} + length(at - inside);
  vec2 drift = uTime * vec2(0.0021, 0.0013);
  vec4 broad = texture2D(uNoise, at * 0.012 + drift * 0.4);
  vec2 bend = (broad.ra - 0.5) * 0.05;
  vec4 plates = texture2D(uNoise, at * 0.019 + bend + drift);
  vec4 chips = texture2D(uNoise, at * 0.071 - bend * 2.0 + drift * 1.7);
  // Hot where it meets the land, crusted over farther out.
  float hot = exp(-max(0.0, away - 0.3) * 0.5);
  float streams = smoothstep(0.52, 0.72, broad.r) * exp(-away * 0.045);
  float pulse = 0.85 + 0.15 * sin(uTime * 0.9 + broad.r * 14.0);
  float open = clamp(hot + 0.55 * streams, 0.0, 1.0);
  float gap = plates.g + (chips.r - 0.5) * 0.24;
  float crack = smoothstep(0.05 + 0.45 * open, 0.0, gap);
  float halo = smoothstep(0.55, 0.0, gap) * (0.05 + 0.3 * open);
  float vein = smoothstep(0.05 + 0.4 * open, 0.0, chips.g + (plates.b - 0.5) * 0.25);
  float heat = max(crack, vein * 0.7) * (0.13 + 0.95 * open) * pulse + hot * 0.34 + streams * 0.1;
  vec3 crust = mix(LAVA_CRUST, BASALT * 1.7, smoothstep(0.25, 0.8, chips.r * 0.6 + plates.r * 0.5));
  crust *= 0.8 + 0.5 * smoothstep(0.1, 0.6, plates.g) + 0.2 * chips.b;
  crust += LAVA * (0.1 * open + halo);
  vec3 color = mix(crust, LAVA * 0.7, smoothstep(0.06, 0.5, heat));
  color = mix(color, LAVA * 1.5, smoothstep(0.4, 0.8, heat));
  color = mix(color, LAVA_HOT * 1.8, smoothstep(0.78, 1.25, heat));
  gl_FragColor = vec4(color, 1.0);
  ${END}
}`;

function sheet(fragmentShader: string, ground: Ground, shared: Shared): ShaderMaterial {
  return new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader,
    fog: true,
    uniforms: { ...UniformsUtils.clone(UniformsLib.fog), ...ground.uniforms, ...shared },
  });
}

/** Make the water of one map. */
export function makeWater(field: Field, ground: Ground, shared: Shared): Mesh {
  const material = sheet(WATER, ground, shared);
  material.transparent = true;
  material.depthWrite = false;
  const mesh = new Mesh(new PlaneGeometry(field.side, field.side), material);
  mesh.rotation.x = -Math.PI / 2;
  mesh.position.y = WATER_LEVEL;
  mesh.renderOrder = 1;
  return mesh;
}

/** Make the lava around the land, out to where the haze takes it. */
export function makeLava(field: Field, ground: Ground, shared: Shared): Mesh {
  const mesh = new Mesh(new CircleGeometry(field.side * 7, 48), sheet(LAVA, ground, shared));
  mesh.rotation.x = -Math.PI / 2;
  mesh.position.y = LAVA_LEVEL;
  return mesh;
}
