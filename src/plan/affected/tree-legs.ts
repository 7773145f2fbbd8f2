import { join, relative, resolve } from "node:path";
import type { Config, Variant } from "../../config/config.ts";
import { dockerfilePath } from "../../config/variants/dockerfile-path.ts";
import type { BakePrinter } from "../../config/import/read-imports.ts";
import { loadConfig } from "../../config/load/load.ts";
import { parseContextAddress } from "../../dockerfile/context-address.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";
import type { Digest } from "../../oci/digest.ts";
import type { FilterServices } from "../../inputs/filters/content-filter.ts";
import { byLevel } from "../../inputs/parents/by-level.ts";
import { parentsOf } from "../../inputs/parents/parents-of.ts";
import { parentVariants } from "../../inputs/parents/parent-configs.ts";
import { type Problem, UsageError } from "../../errors.ts";
import type { TreeFolder } from "../../git/trees/tree-folder.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { formatRepository } from "../../oci/reference.ts";
import { type ContextHasher, createContextHasher } from "../../inputs/files/context-files.ts";
import { epochOf } from "../../inputs/moving/epoch.ts";
import { readWithAssumedBases } from "../../inputs/moving/assumed-bases.ts";
import { DockerfileReader } from "../../inputs/leg-inputs.ts";
import { movingInputs, resolvePins } from "../../inputs/moving/pins.ts";
import type { InputSummary } from "../../inputs/input-digest.ts";
import { readInput } from "../plan-leg.ts";
import { recipeOf } from "../../inputs/recipe.ts";

/** All legs of a config, as they are in one tree. */
export interface TreeLegs {
  readonly legs: ReadonlyMap<string, TreeLeg>;
  /** `host/path` where they are staged. */
  readonly cacheRepository: string | undefined;
  /** Paths that a folder cannot show, relative to the repository: submodules and the like. */
  readonly opaque: ReadonlyMap<string, string>;
}

export interface TreeLeg {
  readonly id: string;
  readonly variant: string;
  readonly platform: string;
  /** Folders and files that it may read, relative to the repository; `""` is its root. */
  readonly reads: readonly string[];
  /**
   * From the tree alone: moving inputs count as unchanged. Undefined if it cannot be determined.
   */
  readonly input: InputSummary | undefined;
  /** Why the input digest is undefined. */
  readonly problem: string | undefined;
  /** How the refresh argument gets its value, if the leg declares it. */
  readonly refresh: string;
  /** Legs that it is built on, by their ids. */
  readonly parents: readonly string[];
}

export interface ReadTreeOptions {
  /** The config's path, relative to the repository. */
  readonly file: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly now: Date;
  /** As for `loadConfig`. */
  readonly printBake?: BakePrinter | undefined;
  readonly plainYaml?: boolean | undefined;
  /** Asked only if there are filter commands. They run in the tree's own folder: the config's. */
  readonly filterCommands: (folder: string) => Promise<FilterServices["run"]>;
}

/**
 * Reads the legs of the tree that a folder shows. Moving inputs are not resolved and count by their
 * names, and the epoch is that of `now`: both are the same for each tree. Throws a usage error if
 * the config is missing or invalid; a leg with a missing or invalid Dockerfile has a `problem`.
 */
export async function readTreeLegs(
  folder: TreeFolder,
  options: ReadTreeOptions,
): Promise<TreeLegs> {
  const config = await loadFrom(folder, options);
  const { repository } = config.cache;
  const reader = new DockerfileReader(config.root);
  const hasher = createContextHasher({
    root: config.root,
    run: hasFilterCommands(config) ? await options.filterCommands(config.root) : () => undefined,
  });
  const read = new Map<string, ReadLeg>();
  const reading = { folder, reader, hasher, now: options.now, read };
  const levels = byLevel(config.variants, ({ name }) => name, parentVariants);
  for (const level of levels) {
    const legs = level.flatMap((variant) =>
      variant.platforms.map((platform) => readTreeLeg(config, variant, platform, reading)),
    );
    for (const one of await Promise.all(legs)) read.set(one.leg.id, one);
  }
  const ids = config.variants.flatMap(({ name, platforms }) =>
    platforms.map((platform) => `${name}/${formatPlatform(platform)}`),
  );
  return {
    legs: new Map(
      ids.flatMap((id): [string, TreeLeg][] => {
        const found = read.get(id);
        return found === undefined ? [] : [[id, found.leg]];
      }),
    ),
    cacheRepository: repository === undefined ? undefined : formatRepository(repository),
    opaque: new Map(folder.opaque),
  };
}

function hasFilterCommands({ variants }: Config): boolean {
  return variants.some(({ filters }) => filters.some(({ as }) => as.kind === "command"));
}

interface Reading {
  readonly folder: TreeFolder;
  readonly reader: DockerfileReader;
  readonly hasher: ContextHasher;
  readonly now: Date;
  /** Legs that were read before, by their ids: those that others are built on. */
  readonly read: ReadonlyMap<string, ReadLeg>;
}

interface ReadLeg {
  readonly leg: TreeLeg;
  readonly config: BaseConfig | undefined;
}

async function readTreeLeg(
  config: Config,
  variant: Variant,
  platform: Platform,
  { folder, reader, hasher, now, read }: Reading,
): Promise<ReadLeg> {
  const spelt = formatPlatform(platform);
  const leg: TreeLeg = {
    id: `${variant.name}/${spelt}`,
    variant: variant.name,
    platform: spelt,
    reads: readsOf(config.root, variant, folder),
    input: undefined,
    problem: undefined,
    refresh: "",
    parents: [],
  };
  const unread = (why: string): ReadLeg => ({ leg: { ...leg, problem: why }, config: undefined });
  try {
    const { refresh } = config;
    // It is the same for both trees, so its command need not run.
    const epoch =
      refresh === undefined || refresh.every === "command"
        ? undefined
        : { arg: refresh.arg, value: epochOf(refresh.every, now) };
    const outside = leg.reads.find((path) => path === ".." || path.startsWith("../"));
    if (outside !== undefined) return unread("it reads files outside the repository");
    // Any machine will do: it is the same for both trees.
    const recipe = recipeOf(config, variant, platform, platform);
    const parentConfigs = new Map([...read].map(([id, { config: known }]) => [id, known]));
    const inputs = await readWithAssumedBases(recipe, { reader, epoch, parentConfigs });
    const parents = parentsOf(inputs).map((parent) => parent.leg);
    const lost = parents.find((id) => read.get(id)?.leg.input === undefined);
    if (lost !== undefined) {
      const why = read.get(lost)?.leg.problem ?? "it is not built for that platform";
      return unread(`it is built on ${lost}: ${why}`);
    }
    const digests = new Map(
      parents.flatMap((id): [string, Digest][] => {
        const input = read.get(id)?.leg.input;
        return input === undefined ? [] : [[id, input.digest]];
      }),
    );
    const pins = await resolvePins(movingInputs(inputs), () => Promise.resolve({ resolved: null }));
    const { input } = await readInput(config.root, inputs, {
      ...{ pins, epoch, hasher, parents: digests },
    });
    const declared = refresh !== undefined && inputs.stages.declaredArgs.includes(refresh.arg);
    const how = [refresh?.arg, refresh?.every, refresh?.command];
    return {
      leg: { ...leg, input, parents, refresh: declared ? JSON.stringify(how) : "" },
      config: inputs.stages.config,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return unread(withoutFolder(error.message, folder));
  }
}

/** Its contexts, and the folders of its Dockerfile and its ignore file. */
function readsOf(root: string, variant: Variant, folder: TreeFolder): readonly string[] {
  const dockerfile = dockerfilePath(variant);
  const paths = [
    ...(dockerfile === undefined ? [] : [dockerfile]),
    ...[variant.context, ...Object.values(variant.contexts)],
  ].filter((path) => parseContextAddress(path).kind === "folder");
  const fromTop = (path: string): string =>
    relative(folder.path, resolve(root, path)).split("\\").join("/");
  return [...new Set(paths.map(fromTop))];
}

async function loadFrom(
  folder: TreeFolder,
  { file, vars, printBake, plainYaml }: ReadTreeOptions,
): Promise<Config> {
  try {
    return await loadConfig({ file: join(folder.path, file), vars, printBake, plainYaml });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const problems = error.problems.map(
      (problem): Problem => ({
        ...problem,
        message: withoutFolder(problem.message, folder),
        file: problem.file === undefined ? undefined : withoutFolder(problem.file, folder),
      }),
    );
    throw new UsageError(problems, { cause: error, hint: error.hint });
  }
}

/** Messages name files as the repository does, not by the temporary folder. */
function withoutFolder(text: string, { path }: TreeFolder): string {
  return text.replaceAll(`${path}/`, "").replaceAll(path, ".");
}
