import { join, relative } from "node:path";
import { generatedMark } from "../../ci/gitlab/generate.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import { type GitlabMigration, migrateGitlab } from "../../migrate/gitlab/migrate-gitlab.ts";
import { generateGitlabFile } from "../ci/gitlab-files.ts";
import { writeGenerated } from "../ci/write-generated.ts";
import { type WriteOptions, writes } from "../config-file/write-options.ts";
import type { Io } from "../io.ts";
import { openImport } from "./open-import.ts";
import { refuseOwn } from "./refuse-own.ts";
import { exitCodeOf, noteNext, writeMigration } from "./write-migration.ts";

interface ImportOptions extends WriteOptions {
  readonly value: Readonly<Record<string, string>>;
  readonly pipeline: boolean;
}

/** A project has one `.gitlab-ci.yml`, and jobs that build no image stay in it. */
const output = ".gitlab/layerkeep.yml";

/** Makes a config, and its pipeline, of a pipeline of GitLab. Gives the exit code. */
export async function runImportGitlab(
  path: string | undefined,
  options: ImportOptions,
  io: Io,
): Promise<number> {
  const { root, repository, facts, config, load, read } = await openImport(
    options,
    "repository",
    io,
  );
  const file = read(path ?? join(root, ".gitlab-ci.yml"));
  const migration = await migrateGitlab({
    file,
    ...{ repository, facts, load, values: options.value, command: "layerkeep import gitlab" },
  });
  const generates = writes(options) && options.pipeline && migration.problems.length === 0;
  if (generates && options.force !== true) {
    const hint = "pass --no-pipeline to write only the config, or --force to overwrite it";
    await refuseOwn(root, [output], { mark: generatedMark, hint });
  }
  await writeMigration(migration, config, options, io);
  if (generates) {
    const generated = await generateGitlabFile(
      {
        ...options,
        config,
        var: {},
        output: relative(io.cwd, join(root, output)),
        stage: migration.pipeline.stage,
      },
      io,
    );
    await writeGenerated(generated, options, options.json ? { ...io, out: () => undefined } : io);
  }
  noteNext(
    generates
      ? nextSteps(file, migration)
      : "run `layerkeep plan`, then `layerkeep ci gitlab` to generate the new pipeline",
    options,
    io,
  );
  return exitCodeOf(migration);
}

function nextSteps({ path, text }: SourceFile, { pipeline }: GitlabMigration): string {
  const lines = [
    ...(text.includes(output) ? [] : [`add {local: ${output}} to include`]),
    `delete the jobs ${pipeline.replaced.join(", ")}, and remove them from the needs of other jobs`,
  ];
  return [`run \`layerkeep plan\`, and change ${path}:`, ...lines.map((line) => `  ${line}`)].join(
    "\n",
  );
}
