// Embers that rise where lava meets the land; one draw call.
import {
  AdditiveBlending,
  BufferGeometry,
  Float32BufferAttribute,
  Points,
  ShaderMaterial,
} from "three";
import { type Field, LAVA_LEVEL } from "./field";
import { hash } from "./noise";
import type { Shared } from "./patch";

const MOST = 420;

/** Places where lava is within a tile and a half of land. */
function seams(field: Field): number[] {
  const { size, per, side, shore, lava } = field;
  const found: number[] = [];
  for (let k = 0; k < size * size; k++) {
    if (lava[k] < 0.6 || shore[k] > 1.6) continue;
    found.push((k % size) / per - side / 2, Math.floor(k / size) / per - side / 2);
  }
  return found;
}

export function makeEmbers(field: Field, shared: Shared): Points {
  const places = seams(field);
  const count = Math.min(MOST, places.length / 2);
  const positions = new Float32Array(3 * count);
  for (let k = 0; k < count; k++) {
    const at = Math.floor(hash(k, 5, 3) * (places.length / 2));
    positions.set([places[2 * at], hash(k, 7, 3), places[2 * at + 1]], 3 * k);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(positions, 3));
  const material = new ShaderMaterial({
    uniforms: shared,
    transparent: true,
    depthWrite: false,
    blending: AdditiveBlending,
    vertexShader: /* glsl */ `
      uniform float uTime; uniform vec2 uScreen; varying float vHeat;
      void main() {
        float life = fract(uTime * (0.1 + 0.09 * position.y) + position.y * 17.0);
        vec3 at = vec3(position.x, ${LAVA_LEVEL.toFixed(2)} + life * (1.2 + 2.2 * position.y), position.z);
        at.x += sin(uTime * 1.1 + position.y * 40.0) * 0.5 * life + life * 0.9;
        at.z += cos(uTime * 0.9 + position.y * 60.0) * 0.5 * life;
        vHeat = smoothstep(0.0, 0.12, life) * (1.0 - life) * (1.0 - life);
        vec4 seen = viewMatrix * vec4(at, 1.0);
        gl_Position = projectionMatrix * seen;
        gl_PointSize = max(1.2, uScreen.y * 0.075 / -seen.z) * (0.6 + 0.7 * fract(position.y * 13.0));
      }`,
    fragmentShader: /* glsl */ `
      varying float vHeat;
      void main() {
        float r = length(gl_PointCoord - 0.5) * 2.0;
        gl_FragColor = vec4(mix(vec3(1.0, 0.35, 0.08), vec3(1.0, 0.85, 0.5), vHeat) * smoothstep(1.0, 0.2, r) * vHeat, 1.0);
      }`,
  });
  const points = new Points(geometry, material);
  points.frustumCulled = false;
  points.renderOrder = 5;
  return points;
}
