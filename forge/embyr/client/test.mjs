// Run the tests in test/: each file is bundled, as the page is, and run by node's own runner.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

function found(folder) {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return found(path);
    return name.endsWith(".test.ts") ? [path] : [];
  });
}

const out = mkdtempSync(join(tmpdir(), "embyr-"));
try {
  await build({
    absWorkingDir: here,
    entryPoints: found(join(here, "test")),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    sourcemap: "inline",
    loader: { ".css": "empty", ".glsl": "text" },
    logLevel: "warning",
  });
  const tests = readdirSync(out, { recursive: true }).filter(name => name.endsWith(".test.mjs"));
  const run = spawnSync(process.execPath, ["--test", ...tests.map(name => join(out, name))], {
    stdio: "inherit",
  });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true });
}
