import { readFile, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Change, chooseEntries } from "../../ci/command-jobs/choose-entries.ts";
import { cacheKeysOf, type Checkout } from "../../ci/command-jobs/cache-keys.ts";
import { type JobRow, rowOf } from "../../ci/command-jobs/job-row.ts";
import type { Config } from "../../config/config.ts";
import type { JobConfig } from "../../config/jobs/job-config.ts";
import { loadConfig } from "../../config/load/load.ts";
import { UsageError } from "../../errors.ts";
import type { GitOptions } from "../../git/run-git.ts";
import { TreeFolder } from "../../git/trees/tree-folder.ts";
import { changesBetween, type CommitTree, findCommit, mergeBase } from "../../git/trees/trees.ts";
import { epochOf } from "../../inputs/moving/epoch.ts";
import { fastPaths } from "../fast-paths.ts";
import { type ConfigOptions, type Io, warn } from "../io.ts";
import { branchToCompare } from "../run/plan/affected-legs.ts";
import { gitAt } from "../run/probes.ts";
import { bakePrinter } from "../run/session.ts";
import { variablesOf } from "../variables.ts";
import { openRepository } from "./open-repository.ts";

/** By the job's name, a matrix as GitHub takes it. */
export type JobMatrices = Readonly<Record<string, { readonly include: readonly JobRow[] }>>;

export interface JobsOptions extends ConfigOptions {
  readonly affected?: string | true;
}

/**
 * The matrices of the config's jobs. With `affected`, only entries that the change since that
 * revision affects; all of them, with a warning, if that cannot be told.
 */
export async function jobMatrices(options: JobsOptions, io: Io): Promise<JobMatrices> {
  const { config, context, facts } = await openRepository(options, io);
  const { jobs } = config;
  if (jobs.length === 0) return {};
  if (facts === undefined) {
    throw new UsageError(`cannot compute cache keys: ${config.root} is not in a git checkout`);
  }
  const git = gitAt(facts.root, io);
  const head = await findCommit(git, "HEAD");
  if (head === undefined) throw new UsageError("the checkout has no commits");
  const prefix = relative(facts.root, await realpath(config.root)).replaceAll("\\", "/");
  const checkout = await readCheckout(git, head, prefix, config, io);
  const { affected } = options;
  const base =
    affected === undefined
      ? undefined
      : await baseOf(
          git,
          head,
          affected === true ? await branchToCompare({ config, context, facts }, io) : affected,
          io,
        );
  const chosen =
    base === undefined
      ? jobs
      : chooseEntries(jobs, await changeSince(git, base, { head, prefix, config }, options, io));
  const matrices = await Promise.all(
    jobs.map(async (job, index) => {
      const keys = await cacheKeysOf(job, checkout);
      const entries = chosen[index]?.entries ?? [];
      const include = entries.map((entry) =>
        rowOf(entry, checkout.epoch, keys.get(entry.name) ?? {}),
      );
      return [job.name, { include }] as const;
    }),
  );
  return Object.fromEntries(matrices);
}

async function readCheckout(
  git: GitOptions,
  { tree }: CommitTree,
  prefix: string,
  { root, refresh }: Config,
  io: Io,
): Promise<Checkout> {
  const all = await changesBetween(git, undefined, tree);
  const every = refresh === undefined || refresh.every === "command" ? "week" : refresh.every;
  return {
    files: new Map(
      all.flatMap(({ path, entry }) =>
        below(prefix, path).map((inside): [string, string] => [inside, entry?.id ?? ""]),
      ),
    ),
    readText: (path) => readFile(join(root, path), "utf8").catch(() => undefined),
    epoch: epochOf(every, io.now()),
  };
}

/** Where the change began; undefined, with a warning, if the clone does not tell. */
async function baseOf(
  git: GitOptions,
  head: CommitTree,
  revision: string,
  io: Io,
): Promise<CommitTree | undefined> {
  const found = await findCommit(git, revision);
  const base = found === undefined ? undefined : await mergeBase(git, found.commit, head.commit);
  if (base === undefined) {
    warn(
      io,
      `--affected keeps all job entries, because this clone has no common ancestor with ${revision}`,
    );
  }
  return base;
}

interface Place {
  readonly head: CommitTree;
  /** The config's folder, from the repository's root. */
  readonly prefix: string;
  readonly config: Config;
}

async function changeSince(
  git: GitOptions,
  base: CommitTree,
  { head, prefix, config }: Place,
  options: ConfigOptions,
  io: Io,
): Promise<Change> {
  const changes = await changesBetween(git, base.tree, head.tree);
  const paths = changes.flatMap(({ path }) => below(prefix, path));
  const name = relative(config.root, config.file);
  const defining = new Set([name, ...config.jobs.map(({ file }) => file)]);
  if (!paths.some((path) => defining.has(path))) return { paths, before: undefined };
  await using folder = await TreeFolder.create(git);
  await folder.show(base.tree);
  const file = join(folder.path, prefix, name);
  return { paths, before: await jobsOf(file, options, io) };
}

/** The jobs of an earlier config; none if it was invalid, so that every entry is new. */
async function jobsOf(file: string, options: ConfigOptions, io: Io): Promise<readonly JobConfig[]> {
  const vars = variablesOf(io.env, options);
  const { plainYaml } = fastPaths(io.env);
  try {
    return (await loadConfig({ file, vars, printBake: bakePrinter(io), plainYaml })).jobs;
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** The path from the config's folder, if it is inside. */
function below(prefix: string, path: string): readonly string[] {
  if (prefix === "") return [path];
  return path.startsWith(`${prefix}/`) ? [path.slice(prefix.length + 1)] : [];
}
