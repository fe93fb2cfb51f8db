import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnKinds, GRASS, LAVA, OTHER } from "../../src/net/tiles";

test("kinds of tiles are known by their names, and one that is not is bare ground", () => {
  const kinds = drawnKinds(["grass", "sand", "lava"]);
  assert.deepEqual([...kinds.subarray(0, 4)], [GRASS, OTHER, LAVA, OTHER]);
});
