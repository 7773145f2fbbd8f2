import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { UsageError } from "../../errors.ts";
import type { Migration } from "../../migrate/migration.ts";
import { placeOf, renderMigration } from "../../report/migrate/migrate-report.ts";
import type { ConfigOptions, GlobalOptions, Io, QuietOptions } from "../io.ts";
import { show } from "../show/show-result.ts";

export interface WriteOptions extends GlobalOptions, QuietOptions, Pick<ConfigOptions, "config"> {
  readonly force?: boolean;
  readonly stdout?: boolean;
  readonly dryRun?: boolean;
}

/** Whether files are written at all. */
export function writes({ stdout = false, dryRun = false }: WriteOptions): boolean {
  return !stdout && !dryRun;
}

/**
 * Prints a migration's report and, unless the options say otherwise, writes its config to `file`.
 * Throws a usage error if the file exists.
 */
export async function writeMigration(
  migration: Migration,
  file: string,
  options: WriteOptions,
  io: Io,
): Promise<void> {
  const name = relative(io.cwd, file);
  if (writes(options)) {
    if (options.force !== true && existsSync(file)) {
      throw new UsageError(`${name} already exists`, {
        hint: "pass --force to overwrite it, or --stdout to print the config instead",
      });
    }
    await write(file, name, migration.config);
  }
  if (options.stdout === true) {
    io.out(migration.config);
    io.err(`${renderMigration(migration)}\n`);
  } else {
    const written = writes(options) ? `\n\nwrote ${name}` : "";
    show(io, options, jsonOf(migration), () => `${renderMigration(migration)}${written}`);
  }
}

async function write(file: string, name: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new UsageError(`cannot write ${name}`, { cause });
  }
}

/** Prints what to do next, after the config was written. */
export function noteNext(steps: string, options: WriteOptions, { err }: Pick<Io, "err">): void {
  if (writes(options) && !options.quiet && !options.json) err(`\nnext: ${steps}\n`);
}

/** The exit code: 1 if the config is not the whole of what there was. */
export function exitCodeOf({ lost, problems }: Migration): number {
  return lost.length + problems.length > 0 ? 1 : 0;
}

function jsonOf({ fixed, lost, ...rest }: Migration): object {
  return {
    ...rest,
    fixed: fixed.map(({ rule, span, message }) => ({ rule, at: placeOf(span), message })),
    lost: lost.map(({ span, message, hint }) => ({ at: placeOf(span), message, hint })),
  };
}
