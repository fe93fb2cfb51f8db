// The sky, and the haze that everything far away sinks into.
import { BackSide, type Color, Mesh, ShaderMaterial, SphereGeometry } from "three";
import { glslPalette, tone } from "./palette";
import type { Shared, Uniforms } from "./patch";

const VERTEX = /* glsl */ `
varying vec3 vWay;
void main() {
  vWay = position;
  vec4 at = projectionMatrix * mat4(mat3(viewMatrix)) * vec4(position, 1.0);
  gl_Position = at.xyww;
}`;

const FRAGMENT = /* glsl */ `
#include <common>
${glslPalette(["zenith", "horizon", "sun"])}
uniform sampler2D uNoise; uniform float uTime; uniform vec3 uSun;
varying vec3 vWay;
void main() {
  vec3 way = normalize(vWay);
  float up = max(0.0, way.y);
  float near = max(0.0, dot(way, uSun));
  vec3 color = mix(HORIZON, ZENITH, 1.0 - exp(-up * 5.5));
  color = mix(color, SUN, 0.6 * pow(near, 5.0) * exp(-up * 1.2));
  // Clouds: streaks with lit rims.
  vec2 plane = way.xz / (way.y + 0.12);
  float c = texture2D(uNoise, plane * 0.055 + uTime * 0.0011).r * 0.62
    + texture2D(uNoise, plane * vec2(0.16, 0.23) - uTime * 0.0008).a * 0.38;
  float cloud = smoothstep(0.46, 0.66, c) * smoothstep(0.015, 0.12, way.y);
  color = mix(color, mix(HORIZON * 1.02, vec3(1.0, 0.97, 0.93), smoothstep(0.5, 0.8, c)), cloud * 0.8);
  color += SUN * (smoothstep(0.9985, 0.9993, near) * 3.0 + 0.25 * pow(near, 60.0));
  gl_FragColor = vec4(color, 1.0);
  #include <colorspace_fragment>
}`;

export function makeSky(shared: Shared, noise: Uniforms): Mesh {
  const material = new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    side: BackSide,
    toneMapped: false,
    depthWrite: false,
    uniforms: { ...shared, ...noise },
  });
  const mesh = new Mesh(new SphereGeometry(10, 32, 16), material);
  mesh.frustumCulled = false;
  mesh.renderOrder = -1;
  return mesh;
}

/** The colour of the haze: what the sky is at the horizon. */
export function hazeColour(): Color {
  return tone("horizon");
}
