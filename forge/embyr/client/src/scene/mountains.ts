// Far mountains around the lava, half lost in the haze; one draw call.
import { BufferAttribute, BufferGeometry, Mesh, MeshLambertMaterial } from "three";
import { LAVA_LEVEL } from "./field";
import { fbm, smoothstep } from "./noise";
import { tone } from "./palette";

const AROUND = 150;
const ACROSS = 9;
/** Where they begin and end, and how high they rise, in sides of the map. */
const NEAR = 2.1;
const FAR = 3.6;
const HIGH = 0.36;

/** Height of the mountains, 0 … 1, at a share of the way around and across. */
function rise(around: number, across: number): number {
  const ridge = fbm(around * 14, across * 2.5, 4, 91, 14);
  const massif = smoothstep(0.34, 0.66, fbm(around * 5, 0, 2, 95, 5));
  return Math.sin(across * Math.PI) ** 0.8 * massif * (0.25 + 0.75 * ridge) * ridge * 1.7;
}

export function makeMountains(side: number): Mesh {
  const positions = new Float32Array((AROUND + 1) * (ACROSS + 1) * 3);
  const index: number[] = [];
  for (let k = 0; k <= AROUND; k++) {
    for (let j = 0; j <= ACROSS; j++) {
      const angle = (k / AROUND) * Math.PI * 2;
      const away = side * (NEAR + ((FAR - NEAR) * j) / ACROSS);
      const height = rise((k % AROUND) / AROUND, j / ACROSS) * HIGH * side;
      const at = k * (ACROSS + 1) + j;
      const y = LAVA_LEVEL - 0.02 * side + height;
      positions.set([Math.sin(angle) * away, y, Math.cos(angle) * away], 3 * at);
      if (k === AROUND || j === ACROSS) continue;
      const next = at + ACROSS + 1;
      index.push(at, at + 1, next, next, at + 1, next + 1);
    }
  }
  const shared = new BufferGeometry();
  shared.setAttribute("position", new BufferAttribute(positions, 3));
  shared.setIndex(index);
  const geometry = shared.toNonIndexed();
  geometry.computeVertexNormals();
  const color = tone("basalt").lerp(tone("stoneDark"), 0.35);
  const mesh = new Mesh(geometry, new MeshLambertMaterial({ color, side: 2 }));
  mesh.frustumCulled = false;
  return mesh;
}
