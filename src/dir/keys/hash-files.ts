import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { hintForUnusable, readBounded, whyUnusable } from "../../bounded-file.ts";
import { UsageError } from "../../errors.ts";
import { compileGlob } from "../../glob.ts";

const largestKeyFile = 1 << 20;

/**
 * A hash of the names and contents of all files below a folder that match one of the globs;
 * undefined if none does. `**` also matches no folder at all. `.git` is never looked into, and
 * `node_modules` only if a glob names it: an install would change the key that it was made for.
 */
export async function hashFiles(
  folder: string,
  globs: readonly string[],
): Promise<string | undefined> {
  const matches = globs.flatMap((glob) => [glob, glob.replaceAll("**/", "")]).map(compileGlob);
  const isSkipped = (name: string): boolean =>
    name === ".git" || (name === "node_modules" && !globs.some((glob) => glob.includes(name)));
  const found: string[] = [];
  const isPattern = globs.some((glob) => /[*?]/.test(glob));
  const look = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (isPattern && !isSkipped(entry.name)) await look(path);
      } else if (matches.some((match) => match(path))) found.push(path);
    }
  };
  if (isPattern) await look("");
  const paths = [...new Set([...found, ...globs.filter((glob) => !/[*?]/.test(glob))])].sort();
  if (paths.length === 0) return undefined;
  const hash = createHash("sha256");
  for (const path of paths) {
    hash.update(`${path}\0${await hashOfFile(join(folder, path), path)}\n`);
  }
  return hash.digest("hex").slice(0, 20);
}

/** The text of a file that a key is made of. */
export async function readKeyFile(folder: string, path: string): Promise<string> {
  const bytes = await readBounded(join(folder, path), largestKeyFile).catch((cause: unknown) =>
    unusable(cause, path),
  );
  if (bytes.length <= largestKeyFile) return Buffer.from(bytes).toString("utf8");
  throw new UsageError(`${path} is larger than 1 MiB`, { hint: "use {hash:…} for it" });
}

async function hashOfFile(file: string, path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash).catch((cause: unknown) => unusable(cause, path));
  return hash.digest("hex");
}

function unusable(cause: unknown, path: string): never {
  throw new UsageError(`cannot read ${path} for the key: ${whyUnusable(cause)}`, {
    cause,
    hint: hintForUnusable(cause, path),
  });
}
