import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../../errors.ts";
import { migrateBake } from "../../migrate/bake/migrate-bake.ts";
import { runHere } from "../../report/config/init-report.ts";
import type { WriteOptions } from "../config-file/write-options.ts";
import type { Io } from "../io.ts";
import { bakePrinter } from "../run/session.ts";
import { openImport } from "./open-import.ts";
import { refuseOtherPlatforms } from "./refuse-platforms.ts";
import { exitCodeOf, noteNext, writeMigration } from "./write-migration.ts";

interface ImportOptions extends WriteOptions {
  readonly target: readonly string[];
  readonly image?: string | undefined;
  readonly platforms?: readonly string[];
}

/** Makes a config that imports a bake file. Gives the exit code. */
export async function runImportBake(
  path: string | undefined,
  options: ImportOptions,
  io: Io,
): Promise<number> {
  const { facts, config, load, read } = await openImport(options, "folder", io);
  const file = read(path ?? findBakeFile(io.cwd));
  const targets = options.target.length > 0 ? options.target : ["default"];
  const folder = dirname(config);
  const request = { file: join(folder, file.path), folder, targets, vars: {} };
  const printed = await bakePrinter(io)(request);
  const command = "layerkeep import bake";
  const { image, platforms = [] } = options;
  const migration = await migrateBake({
    ...{ file, targets, printed, facts, command, image, platforms, load },
  });
  if (platforms.length > 0) {
    refuseOtherPlatforms(await load(migration.config), platforms, file.path);
  }
  await writeMigration(migration, config, options, io);
  noteNext(
    `run \`layerkeep plan\`, \`layerkeep ${runHere}\` for images to run here, then \`layerkeep ci github\` or \`layerkeep ci gitlab\``,
    options,
    io,
  );
  return exitCodeOf(migration);
}

/** The files that bake itself looks for and that are no Compose files. */
export const bakeNames = ["docker-bake.hcl", "docker-bake.json"];

function findBakeFile(folder: string): string {
  const found = bakeNames.find((name) => existsSync(join(folder, name)));
  if (found !== undefined) return join(folder, found);
  throw new UsageError(`no ${bakeNames.join(" or ")} found in ${folder}`, {
    hint: "specify the file: layerkeep import bake path/to/docker-bake.hcl",
  });
}
