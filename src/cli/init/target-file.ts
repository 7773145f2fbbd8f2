import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { configNames, findConfig } from "../../config/load/find.ts";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { systemCodeOf, UsageError } from "../../errors.ts";
import type { WriteOptions } from "../import/write-migration.ts";
import type { Io } from "../io.ts";

type TargetOptions = Pick<WriteOptions, "config" | "force" | "stdout">;

/**
 * The absolute path of the config to write: what `--config` names, or a file in this folder. Throws
 * a usage error if it exists, or if a config in a folder above applies here.
 */
export async function chooseTarget(options: TargetOptions, { cwd }: Io): Promise<string> {
  const { config, force = false, stdout = false } = options;
  const target = resolve(cwd, config ?? configNames[0]);
  const present = config === undefined ? await findConfig(cwd).catch(() => undefined) : undefined;
  const isHere = present !== undefined && dirname(present) === dirname(target);
  // A second config in the same folder would make both useless.
  const file = isHere ? present : target;
  if (force || stdout) return file;
  if (existsSync(file)) throw alreadyExists(relative(cwd, file));
  if (present !== undefined && !isHere) {
    throw new UsageError(`${relative(cwd, present)} is already the config of this folder`, {
      hint: `add variants to it, or pass --force to write ${configNames[0]} here, which hides it from commands in this folder`,
    });
  }
  return file;
}

/** Writes the config. Throws a usage error if the file exists, unless it may be overwritten. */
export async function writeTarget(
  file: string,
  text: string,
  { force = false }: TargetOptions,
  { cwd }: Io,
): Promise<void> {
  const name = relative(cwd, file);
  try {
    await writeFile(file, text, { flag: force ? "w" : "wx" });
  } catch (cause) {
    if (systemCodeOf(cause) === "EEXIST") throw alreadyExists(name);
    throw new UsageError(`cannot write ${name}: ${whyUnusable(cause)}`, {
      cause,
      hint: hintForUnusable(cause, name),
    });
  }
}

function alreadyExists(name: string): UsageError {
  return new UsageError(`${name} already exists`, {
    hint: "pass --force to overwrite it, or --stdout to print the config instead",
  });
}

/** Where editors find the JSON Schema: the installed package's, or the one of this version. */
export function schemaFor(root: string, version: string): string {
  const installed = join("node_modules", "layerkeep", "schema", "layerkeep.schema.json");
  return existsSync(join(root, installed))
    ? installed.replaceAll("\\", "/")
    : `https://raw.githubusercontent.com/layerkeep/layerkeep/v${version}/schema/layerkeep.schema.json`;
}
