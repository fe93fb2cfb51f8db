// Bundle the development pages: node demo/build.mjs FOLDER; put a dumped world.json beside them.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2]);
const pages = ["scene", "page"];

mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: Object.fromEntries(pages.map(page => [page, `${page}.ts`])),
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  sourcemap: "inline",
  logLevel: "warning",
});
for (const page of pages) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">${page === "page" ? '<link rel="stylesheet" href="page.css">' : ""}
<body><script type="module" src="${page}.js"></script></body></html>`;
  writeFileSync(join(out, `${page}.html`), html);
}
