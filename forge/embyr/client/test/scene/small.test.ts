import assert from "node:assert/strict";
import { test } from "node:test";
import { PerspectiveCamera, Vector3 } from "three";
import { GRASS, WATER } from "../../src/net/tiles";
import { survey } from "../../src/scene/field";
import {
  cellBorders,
  fbm,
  hash,
  noisePixels,
  repeating,
  smoothstep,
  valueNoise,
} from "../../src/scene/noise";
import { range } from "../../src/scene/overlay";
import { Pace } from "../../src/scene/pace";
import { contain, eased, FIELD, freeOf, overview, Rig, type View } from "../../src/scene/rig";
import { BLOCK, blocks, perTile, scatter } from "../../src/scene/scatter";

test("noise stays within 0 and 1, and is the same every time", () => {
  let checked = 0;
  const border = cellBorders(8, 1);
  for (let k = 0; k < 500; k++) {
    const [x, y] = [k * 0.37 - 60, k * 0.91 - 200];
    for (const value of [hash(k, -k, 3), valueNoise(x, y), fbm(x, y, 4), border(x, y)]) {
      assert.ok(value >= 0 && value <= 1);
      checked++;
    }
    assert.equal(fbm(x, y, 4), fbm(x, y, 4));
  }
  assert.equal(checked, 2000);
});

test("noise with a period repeats after it", () => {
  for (const x of [0.2, 1.7, 3.9]) {
    assert.ok(Math.abs(valueNoise(x, 0.4, 1, 4) - valueNoise(x + 4, 0.4, 1, 4)) < 1e-12);
  }
});

test("noise that repeats is drawn as it is computed place by place", () => {
  const drawn = repeating(16, 4, 3, 7);
  for (let k = 0; k < 256; k++) {
    const expected = fbm(((k % 16) / 16) * 4, (Math.floor(k / 16) / 16) * 4, 3, 7, 4);
    assert.ok(Math.abs(drawn[k] - expected) < 1e-6);
  }
});

test("the noise texture uses its range", () => {
  const pixels = noisePixels(32);
  assert.equal(pixels.length, 32 * 32 * 4);
  assert.ok(Math.max(...pixels) > 200 && Math.min(...pixels) < 30);
});

test("smoothstep is flat at its edges", () => {
  assert.deepEqual(
    [0, 1, 1.5, 2, 3].map(x => smoothstep(1, 2, x)),
    [0, 0, 0.5, 1, 1],
  );
});

test("the range of an overlay leaves out what is no number", () => {
  assert.deepEqual(range(Float32Array.from([2, Number.NaN, -1, 5])), [-1, 5]);
  assert.deepEqual(range(Float32Array.from([Number.NaN])), [0, 1]);
  assert.deepEqual(range(Float32Array.from([3, 3])), [3, 4]);
});

test("slow frames are drawn less sharply, and fast ones sharply again", () => {
  const pace = new Pace(2, true);
  for (let k = 0; k < 20; k++) pace.frame(0.1);
  const blurred = pace.sharpness;
  assert.ok(blurred < 2 && Math.abs(pace.frames - 10) < 1e-6);
  for (let k = 0; k < 100_000 && pace.sharpness < 2; k++) pace.frame(0.01);
  assert.equal(pace.sharpness, 2);
});

test("sharpness stays where it is asked to", () => {
  const pace = new Pace(1.5, false);
  for (let k = 0; k < 50; k++) assert.equal(pace.frame(0.2), false);
  assert.equal(pace.sharpness, 1.5);
});

test("a view is kept within the world", () => {
  const view = { x: 900, z: -900, distance: 0.1, azimuth: 40, elevation: 9 };
  contain(view, 80);
  assert.deepEqual([view.x, view.z], [40, -40]);
  assert.ok(view.distance > 1 && view.elevation < Math.PI / 2);
});

const PANELS = { left: 302, right: 302, top: 58, bottom: 59 };
const NONE = { left: 0, right: 0, top: 0, bottom: 0 };

/** Where the corners of the land are in a picture of that size, as a camera shows them [pixels]. */
function corners(width: number, height: number, view: View, land: number): number[][] {
  const camera = new PerspectiveCamera(FIELD, width / height, 0.4, 5000);
  const flat = Math.cos(view.elevation) * view.distance;
  camera.position.set(
    view.x + Math.sin(view.azimuth) * flat,
    Math.sin(view.elevation) * view.distance,
    view.z + Math.cos(view.azimuth) * flat,
  );
  camera.lookAt(view.x, 0, view.z);
  camera.updateMatrixWorld();
  return [-1, 1].flatMap(x =>
    [-1, 1].map(z => {
      const { x: right, y: up } = new Vector3((x * land) / 2, 0, (z * land) / 2).project(camera);
      return [((right + 1) / 2) * width, ((1 - up) / 2) * height];
    }),
  );
}

test("the first view shows the whole land where no panel covers it, as large as it can be", () => {
  const cases = [
    [1280, 720, PANELS],
    [1920, 1080, PANELS],
    [390, 844, { left: 0, right: 0, top: 107, bottom: 173 }],
    [844, 390, { left: 0, right: 0, top: 73, bottom: 135 }],
  ] as const;
  for (const [width, height, covered] of cases) {
    const seen = corners(width, height, overview(62, freeOf(width, height, covered)), 62);
    const [xs, ys] = [0, 1].map(k => seen.map(corner => corner[k]));
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    assert.ok(left >= covered.left && right <= width - covered.right, `${[width, left, right]}`);
    assert.ok(top >= covered.top && bottom <= height - covered.bottom, `${[height, top, bottom]}`);
    const filled = (right - left) / (width - covered.left - covered.right);
    const tall = (bottom - top) / (height - covered.top - covered.bottom);
    assert.ok(Math.max(filled, tall) > 0.85, `${[filled, tall]}`);
  }
});

test("panels that cover nearly all of a picture are taken for none", () => {
  const free = { across: 0.5, low: -1, high: 1 };
  assert.deepEqual(freeOf(100, 200, { left: 45, right: 45, top: 90, bottom: 90 }), free);
});

test("panning goes the way that the picture shows", () => {
  const rig = new Rig(freeOf(160, 100, NONE));
  Object.assign(rig.goal, { x: 0, z: 0, azimuth: 0 });
  rig.pan(3, 5); // right and away, seen from the south
  assert.ok(Math.abs(rig.goal.x - 3) < 1e-9 && Math.abs(rig.goal.z + 5) < 1e-9);
});

test("easing goes as far in many small steps as in one", () => {
  const rest = (1 - eased(7, 0.05)) ** 4;
  assert.ok(Math.abs(rest - (1 - eased(7, 0.2))) < 1e-12);
});

test("scattered things stand on their own tiles, in the order of these", () => {
  const tiles = Uint8Array.from([GRASS, WATER, GRASS, GRASS]);
  const field = survey({ side: 2, tiles });
  const recipe = { size: () => 1, spread: 0.4, key: 1, sink: 0 };
  const order = blocks(2);
  const things = scatter(field, tiles, order, {
    ...recipe,
    count: kind => (kind === GRASS ? 2 : 0),
  });
  assert.deepEqual([...things.first], [0, 2, 2, 4]);
  assert.deepEqual(
    [[...things.many], [...things.starts]],
    [
      [2, 0, 2, 2],
      [0, 6],
    ],
  );
  for (let n = 0; n < things.count; n++) {
    const [x, z, index] = [things.place[4 * n], things.place[4 * n + 2], things.look[4 * n + 3]];
    assert.equal(Math.floor(z + 1) * 2 + Math.floor(x + 1), index);
  }
});

test("wide maps are listed block by block, each tile once", () => {
  const side = 3 * BLOCK - 10;
  const { tiles, starts, middles } = blocks(side);
  assert.equal(middles.length, 9);
  assert.deepEqual(
    [...tiles].sort((a, b) => a - b),
    [...tiles.keys()],
  );
  for (const index of tiles.subarray(starts[4], starts[5])) {
    assert.equal(Math.floor(index / side / BLOCK), 1);
    assert.equal(Math.floor((index % side) / BLOCK), 1);
  }
});

test("crowded maps hold fewer things a tile, but never none", () => {
  const tiles = new Uint8Array(1000).fill(GRASS);
  assert.equal(perTile(tiles, [GRASS], 4, 10_000), 4);
  assert.equal(perTile(tiles, [GRASS], 4, 2000), 2);
  assert.equal(perTile(tiles, [GRASS], 4, 10), 1);
});
