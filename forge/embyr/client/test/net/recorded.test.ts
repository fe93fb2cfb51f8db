import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { RecordedSource, split, unpack } from "../../src/net/recorded";

function framed(...messages: (string | Uint8Array)[]): Uint8Array {
  const parts = messages.flatMap(message => {
    const content = Buffer.from(message);
    const front = Buffer.alloc(5);
    front.writeUInt8(typeof message === "string" ? 0 : 1);
    front.writeUInt32LE(content.length, 1);
    return [front, content];
  });
  return Buffer.concat(parts);
}

const SOURCE = JSON.stringify({ type: "source", text: "the end" });

test("messages are told apart by their first byte and their length", async () => {
  const packed = deflateSync(framed(SOURCE, Uint8Array.of(1, 2))).toString("base64");
  const [text, binary] = await unpack(packed);
  assert.deepEqual(text, { type: "source", text: "the end" });
  assert.deepEqual([...new Uint8Array(binary as ArrayBuffer)], [1, 2]);
  assert.deepEqual(split(new ArrayBuffer(0)), []);
});

test("at the end it says so, and may begin again", async () => {
  const said: string[] = [];
  const source = new RecordedSource(Promise.resolve([JSON.parse(SOURCE)]));
  source.on("status", text => said.push(text));
  source.on("source", text => said.push(text));
  source.start();
  await Promise.resolve();
  source.send({ type: "fresh" });
  assert.deepEqual(said, [...said.slice(0, 3), ...said.slice(0, 3)]);
  assert.deepEqual(said.slice(0, 3), ["recording", "the end", "end of the recording"]);
});

test("a page that was damaged says so", async () => {
  const source = new RecordedSource(unpack("AAAA"));
  const said = new Promise(resolve => source.on("status", resolve));
  source.start();
  assert.equal(await said, "the recording in this page is damaged");
});
