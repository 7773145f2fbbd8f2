import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf, UsageError } from "../errors.ts";
import { compileIgnore, type PathRules } from "./ignore.ts";

/**
 * What a build leaves out of a context: the rules of `<Dockerfile>.dockerignore` beside the
 * Dockerfile, or else those of the context's own `.dockerignore`; none where there is neither. A
 * named context has no Dockerfile of its own. Throws a usage error for a file that cannot be read
 * and for a malformed pattern.
 */
export function readIgnoreRules(context: string, dockerfile?: string): PathRules {
  // An empty file beside the Dockerfile counts: it leaves out nothing. What more is then hashed
  // can only make a leg be built once more.
  const beside = dockerfile === undefined ? undefined : readOptional(`${dockerfile}.dockerignore`);
  if (beside !== undefined && dockerfile !== undefined) {
    return compileIgnore(beside, `${basename(dockerfile)}.dockerignore`);
  }
  return compileIgnore(readOptional(join(context, ".dockerignore")) ?? "");
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new UsageError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
