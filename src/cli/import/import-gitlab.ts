import { join } from "node:path";
import { migrateGitlab } from "../../migrate/gitlab/migrate-gitlab.ts";
import type { Io } from "../io.ts";
import { openImport } from "./open-import.ts";
import { exitCodeOf, noteNext, writeMigration, type WriteOptions } from "./write-migration.ts";

interface ImportOptions extends WriteOptions {
  readonly value: Readonly<Record<string, string>>;
}

/** Makes a config of a pipeline of GitLab. Gives the exit code. */
export async function runImportGitlab(
  path: string | undefined,
  options: ImportOptions,
  io: Io,
): Promise<number> {
  const { root, repository, facts, config, load, read } = await openImport(options, io);
  const migration = await migrateGitlab({
    file: read(path ?? join(root, ".gitlab-ci.yml")),
    ...{ repository, facts, load, values: options.value, command: "layerkeep import gitlab" },
  });
  await writeMigration(migration, config, options, io);
  noteNext(
    "run `layerkeep plan`, then `layerkeep ci gitlab` to generate the new pipeline",
    options,
    io,
  );
  return exitCodeOf(migration);
}
