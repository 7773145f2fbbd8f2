import { join } from "node:path";
import { generatedMark } from "../../ci/github/generate.ts";
import { migrateGithub } from "../../migrate/github/migrate-github.ts";
import { generateGithubFiles } from "../ci/github-files.ts";
import { writeGenerated } from "../ci/write-generated.ts";
import { type WriteOptions, writes } from "../config-file/write-options.ts";
import type { Io } from "../io.ts";
import { findBuildWorkflows } from "./find-workflows.ts";
import { openImport } from "./open-import.ts";
import { refuseOwn } from "./refuse-own.ts";
import { exitCodeOf, noteNext, writeMigration } from "./write-migration.ts";

interface ImportOptions extends WriteOptions {
  readonly value: Readonly<Record<string, string>>;
  readonly workflow: boolean;
  readonly name?: string;
  readonly ref?: string;
}

/** Makes a config, and its workflows, of the workflows of a repository. Gives the exit code. */
export async function runImportGithub(
  paths: readonly string[],
  options: ImportOptions,
  io: Io,
): Promise<number> {
  const { root, repository, facts, config, load, read } = await openImport(
    options,
    "repository",
    io,
  );
  const found = paths.length > 0 ? [] : await findBuildWorkflows(root);
  const migration = await migrateGithub({
    files: [...paths, ...found.map((path) => join(root, path))].map(read),
    ...{ repository, facts, load },
    ...{ values: options.value, command: "layerkeep import github" },
  });
  const generates = writes(options) && options.workflow && migration.problems.length === 0;
  if (generates && options.force !== true) {
    await refuseOwn(root, workflowPaths(options), { mark: generatedMark, hint: refusedHint });
  }
  await writeMigration(migration, config, options, io);
  if (generates) {
    const generated = await generateGithubFiles({ ...options, config, var: {} }, io);
    await writeGenerated(generated, options, options.json ? { ...io, out: () => undefined } : io);
  }
  noteNext(nextSteps(migration.sources), options, io);
  return exitCodeOf(migration);
}

function workflowPaths({ name = "images" }: ImportOptions): readonly string[] {
  return [`${name}.yml`, `${name}-pull-request.yml`].map((base) =>
    join(".github", "workflows", base),
  );
}

const refusedHint =
  "pass --name to choose another file, --no-workflow to write only the config, or --force to overwrite it";

function nextSteps(sources: readonly string[]): string {
  return `run \`layerkeep plan\`, and once the new workflow has built the images, delete what it replaces in ${sources.join(", ")}`;
}
