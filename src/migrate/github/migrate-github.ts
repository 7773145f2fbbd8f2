import type { Repository } from "../../lint/files/repository.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import { usualEvents } from "../events/sample-events.ts";
import { type MigrateOptions, migrateRuns } from "../migrate-runs.ts";
import type { Migration } from "../migration.ts";
import { createNotes } from "../notes.ts";
import { buildsImages } from "../old/published/pushes.ts";
import { type OldWorkflow, readWorkflow } from "./read-workflows.ts";
import { releaseBranches } from "./release-branches.ts";
import { reportEvents } from "./report-events.ts";

interface MigrateGithubOptions extends MigrateOptions {
  readonly files: readonly SourceFile[];
  readonly repository: Repository;
}

/**
 * Makes the config that does what workflows do, and compares the two in example runs. Throws a
 * usage error if none of the files builds an image that can be carried over.
 */
export async function migrateGithub(options: MigrateGithubOptions): Promise<Migration> {
  const { files, facts, repository } = options;
  const lost = createNotes();
  const all = files.map((file) => readWorkflow(file, repository, facts));
  const builds = ({ runs }: OldWorkflow): boolean =>
    runs.some(({ jobs }) => jobs.some(buildsImages));
  // If none of them does, they say why.
  const old = all.some(builds) ? all.filter(builds) : all;
  reportEvents(old, lost);
  const workflows = old.map(({ workflow }) => workflow);
  return migrateRuns(
    {
      pipelines: old.map(({ pipeline }) => pipeline),
      runs: old.flatMap(({ runs }) => runs),
      workflows,
      always: usualEvents(facts),
      release: releaseBranches(workflows, facts.defaultBranch, lost),
    },
    options,
    lost,
  );
}
