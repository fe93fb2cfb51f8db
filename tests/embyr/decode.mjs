// Decode what Python wrote with the page's own decoder: node decode.mjs DECODER FOLDER.
// FOLDER holds hello.json and 0000.bin, 0001.bin … in order; the last state is printed as JSON.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , source, folder] = process.argv;
const { Decoder } = await import(pathToFileURL(source).href);
const decoder = new Decoder(JSON.parse(readFileSync(join(folder, "hello.json"), "utf8")));
const bare = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
const told = [];
for (const name of readdirSync(folder).filter(name => name.endsWith(".bin")).sort()) {
  const bytes = readFileSync(join(folder, name));
  told.push(decoder.read(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
}
console.log(JSON.stringify({ told, tiles: decoder.tiles }, bare));
