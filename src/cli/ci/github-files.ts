import { join, resolve } from "node:path";
import { generatedMark, generateGithub } from "../../ci/github/generate.ts";
import { type CacheBudget, cacheBudget, renderBudget } from "../../ci/command-jobs/cache-budget.ts";
import { hasPreviews, scratchWithoutLogin } from "../../ci/untrusted-writes.ts";
import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { version } from "../../version.ts";
import { type ConfigOptions, type Io, warn } from "../io.ts";
import { commandLine } from "./command-line.ts";
import { openRepository } from "./open-repository.ts";
import type { Generated } from "./write-generated.ts";

interface GithubOptions extends ConfigOptions {
  readonly outputDir?: string;
  readonly name?: string;
  readonly ref?: string;
}

/** The workflows of the config, and where they belong. */
export async function generateGithubFiles(options: GithubOptions, io: Io): Promise<Generated> {
  const { outputDir, name = "images", ref } = options;
  if (!/^[A-Za-z0-9][\w-]{0,99}$/.test(name)) {
    throw new UsageError(`--name ${name} is not a valid workflow name`, {
      hint: "use letters, digits, - and _",
    });
  }
  if (ref !== undefined && !/^[A-Za-z0-9][\w./-]{0,254}$/.test(ref)) {
    throw new UsageError(`--ref ${ref} is not a branch, tag or commit`, {
      hint: `use a version, such as v${version}`,
    });
  }
  const { config, root, path, source, defaultBranch } = await openRepository(options, io);
  const { var: vars } = options;
  const files = generateGithub({
    ...{ config, path, source, vars, name, ref: ref ?? `v${version}` },
    defaultBranch: defaultBranch(),
  });
  const folder =
    outputDir === undefined ? join(root, ".github", "workflows") : resolve(io.cwd, outputDir);
  const budget = cacheBudget(config);
  for (const text of warningsOf(config, budget)) warn(io, text);
  return {
    notes: budget === undefined ? [] : ["", ...renderBudget(budget)],
    mark: generatedMark,
    command: commandLine("layerkeep ci github", options, {
      "--name": options.name,
      "--output-dir": outputDir,
      "--ref": ref,
    }),
    elsewhere: "--name",
    files: files.map((file) => ({ path: join(folder, file.name), text: file.text })),
  };
}

/** What the config has that workflows cannot do. */
function warningsOf(config: Config, budget: CacheBudget | undefined): readonly string[] {
  const scratch = scratchWithoutLogin(config);
  const overBudget = budget !== undefined && budget.total > budget.allowed;
  return [
    ...(overBudget
      ? [
          "the job caches need more space than ci.cache-budget, so GitHub will delete the oldest ones",
        ]
      : []),
    ...(hasPreviews(config) ? ["previews are not published by generated workflows"] : []),
    ...(scratch === undefined
      ? []
      : [`pull requests cannot write cache.scratch: set ci.logins.${scratch}.read`]),
  ];
}
