/**
 * A program that saves a folder with GitHub's `@actions/cache`, or restores it by the beginning of
 * its key: `save KEY BYTES`, `restore PREFIX`. Prints a line of JSON; what the client logs goes
 * elsewhere.
 */
export const actionsCacheClient = `
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
process.stdout.write = () => true;
const { restoreCache, saveCache } = await import("@actions/cache");
const [what, key, bytes] = process.argv.slice(2);
rmSync("data", { recursive: true, force: true });
if (what === "save") {
  mkdirSync("data");
  writeFileSync("data/file", randomBytes(Number(bytes)));
}
const id = what === "save"
  ? await saveCache(["data"], key)
  : await restoreCache(["data"], "none", [key]);
const sha256 = existsSync("data/file")
  ? createHash("sha256").update(readFileSync("data/file")).digest("hex")
  : null;
console.error(JSON.stringify({ id: id ?? null, sha256 }));
`;
