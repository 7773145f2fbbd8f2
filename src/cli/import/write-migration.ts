import { relative } from "node:path";
import type { Migration } from "../../migrate/migration.ts";
import { placeOf, renderMigration } from "../../report/migrate/migrate-report.ts";
import { withSchemaLine } from "../config-file/schema-line.ts";
import { writeConfig } from "../config-file/write-config.ts";
import { type WriteOptions, writes } from "../config-file/write-options.ts";
import type { Io } from "../io.ts";
import { show } from "../show/show-result.ts";

/**
 * Prints a migration's report and, unless the options say otherwise, writes its config to `file`.
 * Throws a usage error if the file exists.
 */
export async function writeMigration(
  made: Migration,
  file: string,
  options: WriteOptions,
  io: Io,
): Promise<void> {
  const migration = { ...made, config: withSchemaLine(made.config, file) };
  if (writes(options)) await writeConfig(file, migration.config, options, io);
  if (options.stdout === true) {
    io.out(migration.config);
    io.err(`${renderMigration(migration)}\n`);
  } else {
    const written = writes(options) ? `\n\nwrote ${relative(io.cwd, file)}` : "";
    show(io, options, jsonOf(migration), () => `${renderMigration(migration)}${written}`);
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
