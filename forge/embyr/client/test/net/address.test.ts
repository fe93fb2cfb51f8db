import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../../src/address";

test("an address that was written is read as the same", () => {
  const camera = { x: -1.5, z: 2.25, distance: 40, azimuth: 0.5, elevation: 1 };
  const seen = { realm: 3, tick: 812, agent: 17, camera };
  assert.deepEqual(readAddress(writeAddress(seen)), seen);
});

test("what is not seen is not written", () => {
  const seen = { realm: 0, tick: null, agent: null, camera: null };
  assert.equal(writeAddress(seen), "#realm=0");
  assert.deepEqual(readAddress("#realm=0"), seen);
});

test("what makes no sense is left out", () => {
  const none = { realm: null, tick: null, agent: null, camera: null };
  assert.deepEqual(readAddress("#realm=-1&tick=x&agent=1.5&camera=x:y,__proto__:1"), none);
  assert.deepEqual(readAddress(""), none);
});
