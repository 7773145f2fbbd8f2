import { constants } from "node:fs";
import { access, readlink, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { systemCodeOf, UsageError } from "../../errors.ts";
import type { FileUse } from "../program/file-use.ts";
import { isStandardInput, isStandardOutput } from "./standard.ts";

/** A file that the user named. */
export interface NamedFile {
  /** As it was written. */
  readonly name: string;
  /** The flag or the argument that names it. */
  readonly flag: string;
  readonly use: FileUse;
}

/**
 * Checks a file or folder that the user named, before a command does any work. Throws a usage error
 * that says what is wrong with it.
 */
export async function checkNamedFile(file: NamedFile, cwd: string): Promise<void> {
  const { name, use } = file;
  const isStandard = use.as === "write" ? isStandardOutput : isStandardInput;
  if (use.standard === true && isStandard(name)) return;
  if (name === "-")
    throw refusal(file, "- is not supported here", "pass a path, or ./- for a file named -");
  if (name === "") throw refusal(file, "the name is empty", "pass the path of a file");
  const path = resolve(cwd, name);
  const found = await look(path);
  if ("code" in found) {
    if (found.code !== "ENOENT") throw refused(file, found.error, path);
    await checkMissing(file, path);
    return;
  }
  const wantsFolder = use.as === "folder" || use.as === "data";
  if (found.isFolder && !wantsFolder) throw await isFolder(file, path);
  if (!found.isFolder && wantsFolder) {
    throw refusal(file, "it is not a folder", "pass the path of a folder");
  }
  const right = use.as === "write" ? constants.W_OK : constants.R_OK;
  await demand(file, path, wantsFolder ? right | constants.X_OK : right);
}

/** A file that is to be written may be missing, but not the folder that it is in. */
async function checkMissing(file: NamedFile, path: string): Promise<void> {
  const { use } = file;
  const target = await readlink(path).catch(() => undefined);
  if (target !== undefined && use.as !== "write") {
    throw refusal(file, `it is a link to ${target}, which does not exist`, use.missing);
  }
  if (use.as === "read") throw refusal(file, "no such file", use.missing);
  if (use.as === "folder") throw refusal(file, "no such folder", use.missing);
  const parent = dirname(target === undefined ? path : resolve(dirname(path), target));
  await checkParent(file, parent);
}

async function checkParent(file: NamedFile, parent: string): Promise<void> {
  const found = await look(parent);
  if ("code" in found) {
    if (found.code !== "ENOENT") throw refused(file, found.error, parent);
    if (file.use.as === "data" || file.use.makesFolder === true)
      return checkParent(file, dirname(parent));
    throw refusal(file, `the folder ${parent} does not exist`, `create it: mkdir -p ${parent}`);
  }
  if (!found.isFolder) {
    throw refusal(file, `${parent} is not a folder`, "pass the path of a file in a folder");
  }
  await demand(file, parent, constants.W_OK | constants.X_OK);
}

async function demand(file: NamedFile, path: string, right: number): Promise<void> {
  try {
    await access(path, right);
  } catch (error) {
    throw refused(file, error, path);
  }
}

async function isFolder(file: NamedFile, path: string): Promise<UsageError> {
  for (const usual of file.use.names ?? []) {
    const found = await look(join(path, usual));
    if (!("code" in found)) {
      return refusal(file, "it is a folder", `use ${join(file.name, usual)}`);
    }
  }
  return refusal(file, "it is a folder", "pass the path of a file in it");
}

function refused(file: NamedFile, error: unknown, path: string): UsageError {
  return refusal(file, whyUnusable(error), hintForUnusable(error, path));
}

function refusal({ name, flag, use }: NamedFile, why: string, hint?: string): UsageError {
  const what = use.as === "write" ? "write" : use.as === "data" ? "use" : "read";
  return new UsageError(`${flag}: cannot ${what} ${name === "" ? '""' : name}: ${why}`, { hint });
}

type Found =
  | { readonly isFolder: boolean }
  | { readonly code: string | undefined; readonly error: unknown };

async function look(path: string): Promise<Found> {
  try {
    return { isFolder: (await stat(path)).isDirectory() };
  } catch (error) {
    return { code: systemCodeOf(error), error };
  }
}
