import assert from "node:assert/strict";
import { test } from "node:test";
import { BufferAttribute, BufferGeometry, MeshLambertMaterial } from "three";
import type { Field } from "../../src/scene/field";
import { Block } from "../../src/scene/terrain";

/** A block of 8 × 8 cells on flat land. */
function block(): Block {
  const size = 9;
  const corners = new BufferGeometry();
  corners.setAttribute("position", new BufferAttribute(new Float32Array(3 * size * size), 3));
  const field = { size, per: 1, side: 8, lava: new Float32Array(size * size) } as unknown as Field;
  return new Block(field, corners, new MeshLambertMaterial(), 0, 0, 8);
}

test("a block joins every so many of the same corners", () => {
  const land = block();
  const { position } = land.mesh.geometry.attributes;
  for (const stride of [1, 2, 4]) {
    land.join(stride);
    // Two faces of three corners for each cell.
    assert.equal(land.mesh.geometry.getIndex()?.count, 6 * (8 / stride) ** 2);
    assert.equal(land.mesh.geometry.getAttribute("position"), position);
  }
});

test("a block frees the faces of every stride, each joined once", () => {
  const land = block();
  const seen = new Set<BufferGeometry>();
  const freed = new Set<BufferGeometry>();
  for (const stride of [1, 2, 4, 2, 1]) {
    land.join(stride);
    seen.add(land.mesh.geometry);
    land.mesh.geometry.addEventListener("dispose", ({ target }) => freed.add(target));
  }
  land.dispose();
  assert.equal(seen.size, 3);
  assert.deepEqual(freed, seen);
});
