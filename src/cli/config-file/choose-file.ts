import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { configNames, findConfig } from "../../config/load/find.ts";
import { UsageError } from "../../errors.ts";
import type { Io } from "../io.ts";
import { type WriteOptions, writes } from "./write-options.ts";

/**
 * The absolute path of the config to write: what `--config` names, or a file in `folder`, and never
 * one in a folder above. Throws a usage error if it exists, or if a config in a folder above applies
 * here, unless `--force` is given or nothing is written.
 */
export async function chooseConfigFile(
  options: Pick<WriteOptions, "config" | "force" | "stdout" | "dryRun">,
  folder: string,
  { cwd }: Pick<Io, "cwd">,
): Promise<string> {
  const { config, force = false } = options;
  const target =
    config === undefined ? join(resolve(cwd, folder), configNames[0]) : resolve(cwd, config);
  const present =
    config === undefined ? await findConfig(dirname(target)).catch(() => undefined) : undefined;
  const isHere = present !== undefined && dirname(present) === dirname(target);
  // A second config in the same folder would make both useless.
  const file = isHere ? present : target;
  if (force || !writes(options)) return file;
  if (existsSync(file)) throw alreadyExists(relative(cwd, file));
  if (present !== undefined && !isHere) {
    throw new UsageError(`${relative(cwd, present)} is already the config of this folder`, {
      hint: `add variants to it, or pass --force to create a separate ${configNames[0]} here; commands in this folder will then use only the new one`,
    });
  }
  return file;
}

/** The refusal to overwrite a config. */
export function alreadyExists(name: string): UsageError {
  return new UsageError(`${name} already exists`, {
    hint: "pass --force to overwrite it, or --stdout to print the config instead",
  });
}
