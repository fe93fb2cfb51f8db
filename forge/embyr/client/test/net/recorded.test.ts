import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { type Hello, VERSION } from "../../src/net/decoder";
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

test("all is read at once, and may be read again", async () => {
  const said: string[] = [];
  const source = new RecordedSource(Promise.resolve([JSON.parse(SOURCE)]));
  source.on("status", text => said.push(text));
  source.on("source", text => said.push(text));
  source.start();
  await Promise.resolve();
  source.send({ type: "step" }); // nothing follows
  source.send({ type: "fresh" });
  assert.deepEqual(said, ["recording", "the end", "recording", "the end"]);
  assert.equal(source.reading, false);
});

test("where another world begins is read up to, and on when a step is asked for", async () => {
  const schema = { columns: [], npcs: [] };
  const setting = { tileNames: [] };
  const hello = { type: "hello", version: VERSION, schema, setting } as unknown as Hello;
  const end = JSON.parse(SOURCE);
  const said: string[] = [];
  const source = new RecordedSource(Promise.resolve([hello, end, hello, end, end]));
  source.on("source", text => said.push(text));
  source.start();
  await Promise.resolve();
  assert.deepEqual([said.length, source.reading], [1, false]);
  source.send({ type: "step" });
  assert.deepEqual([said.length, source.reading], [3, false]);
});

test("a page that was damaged says so", async () => {
  const source = new RecordedSource(unpack("AAAA"));
  const said = new Promise(resolve => source.on("status", resolve));
  source.start();
  assert.equal(await said, "the recording in this page is damaged");
});
