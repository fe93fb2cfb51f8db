// The colours of the world, so that everything in it belongs together.
import { Color } from "three";

export const PALETTE = {
  grassDeep: "#4c7547",
  grass: "#7fa257",
  grassSunny: "#bcbf72",
  forestFloor: "#46643f",
  scrub: "#b8a067",
  sand: "#ead6a8",
  wetSand: "#b39a72",
  lakeBed: "#5d9a8c",
  stone: "#958d97",
  stoneDark: "#69626f",
  stoneLight: "#c9c0bb",
  basalt: "#332a30",
  waterShallow: "#86d3c1",
  waterDeep: "#2a6d93",
  foam: "#f6fbf2",
  lavaHot: "#ffd678",
  lava: "#ff6d22",
  lavaCrust: "#2a2028",
  sun: "#ffe2b4",
  skyLight: "#c2d0f2",
  groundLight: "#9a8668",
  zenith: "#4d83bd",
  horizon: "#e6c9b4",
  leaf: "#5f8d4c",
  leafSunny: "#a9ba63",
  pine: "#3a6b59",
  pineSunny: "#77a573",
  autumn: "#d48f4d",
  trunk: "#70503c",
  bush: "#b3a068",
  skin: "#f0c9a0",
  dark: "#2b2530",
  frost: "#bfeaff",
  oreRock: "#6f625c",
  ore: "#e0863a",
  oreBright: "#ffc878",
  slag: "#544b4a",
  crystal: "#7a57d8",
  crystalBright: "#d9c6ff",
  birch: "#dcd3c2",
  crown: "#4f9a4a",
  crownSunny: "#c9d86a",
  wood: "#c59a63",
  petal: "#f06fae",
  petalBright: "#ffd3e6",
  herb: "#4f9a4c",
  weed: "#a9a657",
  fish: "#f59a4a",
  fishBelly: "#ffe3bd",
} as const;

export type Tone = keyof typeof PALETTE;

/** Give a colour as shaders want it: linear. */
export function tone(name: Tone): Color {
  return new Color(PALETTE[name]);
}

/** Declare every colour as a GLSL constant: `grassDeep` becomes `GRASS_DEEP`. */
export function glslPalette(names: readonly Tone[]): string {
  return names
    .map(name => {
      const { r, g, b } = tone(name);
      const upper = name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase();
      return `const vec3 ${upper} = vec3(${r.toFixed(5)}, ${g.toFixed(5)}, ${b.toFixed(5)});`;
    })
    .join("\n");
}
