import assert from "node:assert/strict";
import { test } from "node:test";
import type { Inspection, Setup, Tick } from "../../src/net/types";
import { shade } from "../../src/scene/overlay";
import { colours, STEPS } from "../../src/scene/ramp";
import { aimed } from "../../src/ui/aims";
import { at, extent, layersOf, numeral } from "../../src/ui/overlays";
import { sighted } from "../../src/ui/sighted";

const LOG = {
  name: "",
  about: "",
  unit: "",
  scale: "log",
  populations: "any",
  agent: false,
} as const;

function world(side: number, radius: number, places: [number, number][]): [Setup, Tick] {
  const agents = {
    n: places.length,
    row: Int16Array.from(places, ([row]) => row),
    col: Int16Array.from(places, ([, col]) => col),
  };
  return [{ side, radius } as Setup, { agents } as Tick];
}

test("tiles that are seen are the squares around agents, cut off at the map's edge", () => {
  const places: [number, number][] = [
    [0, 0],
    [3, 4],
    [4, 4],
    [8, 8],
    [2, 8],
  ];
  const [setup, tick] = world(9, 2, places);
  const counted = (k: number) => k !== 1;
  const shown = sighted(setup, tick.agents, counted);
  for (let k = 0; k < 81; k++) {
    const [row, col] = [Math.floor(k / 9), k % 9];
    const sees = ([r, c]: [number, number]) => Math.max(Math.abs(r - row), Math.abs(c - col)) <= 2;
    const count = places.filter((place, i) => counted(i) && sees(place)).length;
    assert.equal(shown[k], count || Number.NaN);
  }
});

test("colours of a scale grow lighter step by step, and those of two sides meet in the middle", () => {
  const light = (scale: Uint8Array, k: number) =>
    0.2126 * scale[3 * k] + 0.7152 * scale[3 * k + 1] + 0.0722 * scale[3 * k + 2];
  const [one, two] = [colours(false), colours(true)];
  const middle = (STEPS - 1) / 2;
  for (let k = 1; k < STEPS; k++) {
    assert.ok(light(one, k) >= light(one, k - 1) - 1);
    assert.ok(Math.sign(light(two, k) - light(two, k - 1)) !== (k <= middle ? -1 : 1));
  }
  assert.ok(light(one, STEPS - 1) - light(one, 0) > 180);
});

test("values take the colour of their share, and what is no number takes none", () => {
  const pixels = new Uint8Array(16);
  const steps = colours(true);
  shade(Float32Array.from([-2, 0, 2, Number.NaN]), { min: -2, max: 2, signed: true }, pixels);
  const colour = (k: number) => [...steps.subarray(3 * k, 3 * k + 3), 255];
  const expected = [...colour(0), ...colour((STEPS - 1) / 2), ...colour(STEPS - 1), 0, 0, 0, 0];
  assert.deepEqual([...pixels], expected);
});

test("a scale spans its values: from 0 if logarithmic, as far to both sides if signed", () => {
  const values = Float32Array.from([-3, 1, Number.NaN]);
  assert.deepEqual(extent({ ...LOG, scale: "linear" }, values), [-3, 1]);
  assert.deepEqual(extent({ ...LOG, scale: "signed" }, values), [-3, 3]);
  assert.deepEqual(extent(LOG, Float32Array.from([4, 9])), [0, 9]);
  assert.deepEqual(extent(LOG, Float32Array.from([3, 3])), [0, 3]);
  assert.deepEqual(extent(LOG, Float32Array.from([Number.NaN])), [0, 1]);
});

test("the middle of a logarithmic scale is the geometric mean of 1 + its ends", () => {
  assert.ok(Math.abs(at(LOG, 0, 99, 0.5) - 9) < 1e-9);
  assert.equal(at({ ...LOG, scale: "signed" }, -2, 2, 0.5), 0);
});

test("numbers of a legend are short", () => {
  const shown = [0, 7, -0.0123, 123.4, 12345, 0.00001, -1.5].map(numeral);
  assert.deepEqual(shown, ["0", "7", "−0.0123", "123", "12.3k", "1e-5", "−1.5"]);
});

test("overlays of users come last, and without a server visits are counted here", () => {
  const about = (name: string) => ({ ...LOG, name });
  const given = ["Thirst", "Counts", "Values"].map(about);
  const names = (setup: Setup | null) => layersOf(setup).map(({ name }) => name);
  const listed = names({ overlays: given } as unknown as Setup);
  assert.deepEqual(listed, ["Counts", "Values", "Sight", "Deaths", "Thirst"]);
  assert.deepEqual(names(null), ["Counts", "Sight", "Deaths"]);
});

test("attacks are laid out over the tiles in reach, style by style", () => {
  const attacks = [
    { style: 0, down: -1, right: 1, p: 0.25 },
    { style: 1, down: 2, right: 0, p: 0.5 },
  ];
  const shares = aimed({ attacks } as Inspection, 0, 2);
  assert.equal(shares.length, 25);
  assert.equal(shares[1 * 5 + 3], 0.25);
  assert.equal(
    shares.reduce((sum, share) => sum + share),
    0.25,
  );
});
