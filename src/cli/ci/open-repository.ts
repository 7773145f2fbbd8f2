import { readFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import type { Config } from "../../config/config.ts";
import { configNames } from "../../config/load/find.ts";
import { loadConfig } from "../../config/load/load.ts";
import { UsageError } from "../../errors.ts";
import { readContext } from "../../trust/environment/read-context.ts";
import type { Context, GitFacts } from "../../trust/context.ts";
import { fastPaths } from "../fast-paths.ts";
import type { ConfigOptions, Io } from "../io.ts";
import { startProbes } from "../run/probes.ts";
import { bakePrinter } from "../run/session.ts";
import { variablesOf } from "../variables.ts";

/** A config, and the repository that a CI will run it in. */
export interface OpenedRepository {
  readonly config: Config;
  /** The top of the checkout; the config's folder outside of one. */
  readonly root: string;
  /** The config's path from there; undefined if it is found by itself. */
  readonly path: string | undefined;
  /** That path in any case, for readers of what is generated. */
  readonly source: string;
  readonly context: Context;
  /** Undefined outside of a checkout. */
  readonly facts: GitFacts | undefined;
  /** Throws a usage error if nothing names the default branch. */
  readonly defaultBranch: () => string;
}

/** Loads the config, and finds out what its repository's workflows need to know. */
export async function openRepository(options: ConfigOptions, io: Io): Promise<OpenedRepository> {
  const { env } = io;
  const probes = startProbes(options, io);
  const [config, git] = await Promise.all([
    probes.file.then((file) =>
      loadConfig({
        file,
        vars: variablesOf(env, options),
        printBake: bakePrinter(io),
        plainYaml: fastPaths(env).plainYaml,
      }),
    ),
    probes.checkout,
  ]);
  const context = await readContext({ env, git, readFile: (path) => readFile(path, "utf8") });
  const root = git.facts?.root ?? dirname(config.file);
  const source = relative(root, config.file).replaceAll("\\", "/");
  const isFound = configNames.some((name) => name === source);
  return {
    config,
    root,
    context,
    facts: git.facts,
    path: isFound ? undefined : source,
    source,
    defaultBranch: () => {
      const branch = config.branches.default ?? context.defaultBranch;
      if (branch !== undefined) return branch;
      throw new UsageError("cannot determine the default branch from the config or the checkout", {
        hint: "add branches: {default: main} to the config",
      });
    },
  };
}
