/**
 * `npm run package`: packs what would be published and checks it with publint and with
 * arethetypeswrong. Uses the `dist/` that is there: `npm run build` comes first.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../src/errors.ts";
import { run } from "./engine/run.ts";

const bin = "node_modules/.bin";

async function checkPackage(dir: string): Promise<void> {
  // Scripts would build once more, beside a test that runs.
  const flags = ["--ignore-scripts", "--pack-destination", dir];
  await run(["npm", "pack", ...flags], { purpose: "packing" });
  const [name = ""] = await readdir(dir);
  const tarball = join(dir, name);
  await run([`${bin}/publint`, "--strict", tarball], { purpose: "publint" });
  // The library is ESM alone, and Node 10 knows no `exports`.
  await run([`${bin}/attw`, tarball, "--profile", "esm-only", "--format", "ascii"], {
    purpose: "arethetypeswrong",
  });
}

const dir = await mkdtemp(join(tmpdir(), "layerkeep-package-"));
try {
  await checkPackage(dir);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}
