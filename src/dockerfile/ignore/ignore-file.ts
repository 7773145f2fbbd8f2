import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";
import { compileIgnore, type PathRules } from "./ignore.ts";

/**
 * What a build leaves out of a context: the rules in `<Dockerfile>.dockerignore` beside the
 * Dockerfile, or else those in the context's own `.dockerignore`; none if neither exists. A named
 * context has no Dockerfile. Throws a usage error for a malformed pattern.
 */
export function readIgnoreRules(context: string, dockerfile?: string): PathRules {
  // The engine's own frontend uses an empty file beside the Dockerfile, and so leaves out nothing.
  // The frontend of a syntax image may then read the context's file. Hashing too many files for it
  // can only cause one more build.
  const beside = dockerfile === undefined ? undefined : readIgnoreBeside(dockerfile);
  if (beside !== undefined && dockerfile !== undefined) {
    return compileIgnore(beside, `${basename(dockerfile)}.dockerignore`);
  }
  return compileIgnore(readInside(context, ".dockerignore") ?? "");
}

/** The text of `<Dockerfile>.dockerignore` as BuildKit sees it; undefined if it sees none. */
export function readIgnoreBeside(dockerfile: string): string | undefined {
  return readInside(dirname(dockerfile), `${basename(dockerfile)}.dockerignore`);
}

/** BuildKit gives up after this many links. */
const mostLinks = 255;

/**
 * The text of a file as BuildKit reads it from a folder that its client sent. Links do not lead out
 * of the folder: `/` and too many `..` mean its top (fsutil: followlinks.go; continuity:
 * fs/path.go). Undefined if the path is not a file. The client sends a file that it cannot read as
 * an empty one (fsutil: send.go).
 */
function readInside(folder: string, name: string): string | undefined {
  let path = `/${name}`;
  for (let links = 0; links <= mostLinks; links++) {
    const found = firstLink(folder, path);
    if (found === undefined) return readText(join(folder, path));
    path = found;
  }
  return undefined;
}

/** The path with its first link replaced by the link's target; undefined if it has no link. */
function firstLink(folder: string, path: string): string | undefined {
  const parts = path.split("/").slice(1);
  for (const [at, part] of parts.entries()) {
    const above = `/${parts.slice(0, at).join("/")}`;
    const target = readLink(join(folder, above, part));
    if (target === undefined) continue;
    // Cleaned as text, as both sides do: `a/..` is nothing, whatever `a` is.
    const start = target.startsWith("/") ? "/" : above;
    return posix.join("/", start, target, ...parts.slice(at + 1));
  }
  return undefined;
}

function readLink(file: string): string | undefined {
  try {
    return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : undefined;
  } catch (error) {
    if (systemCodeOf(error) !== undefined) return undefined;
    throw error;
  }
}

function readText(file: string): string | undefined {
  try {
    const stats = lstatSync(file);
    if (stats.isSocket()) return "";
    return stats.isFile() ? readFileSync(file, "utf8") : undefined;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "EACCES") return "";
    throw new UsageError(`cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}
