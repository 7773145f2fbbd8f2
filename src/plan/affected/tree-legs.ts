import { join, relative, resolve } from "node:path";
import type { Config, Variant } from "../../config/config.ts";
import type { BakePrinter } from "../../config/import/read-imports.ts";
import { loadConfig } from "../../config/load/load.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { type Problem, UsageError } from "../../errors.ts";
import type { TreeFolder } from "../../git/tree-folder.ts";
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

/** All legs of a config as they are in one tree. */
export interface TreeLegs {
  readonly legs: ReadonlyMap<string, TreeLeg>;
  /** `host/path` where they are staged. */
  readonly cacheRepository: string | undefined;
  /** What no folder can hold, by path from the repository's top: submodules and the like. */
  readonly opaque: ReadonlyMap<string, string>;
}

export interface TreeLeg {
  readonly id: string;
  readonly variant: string;
  readonly platform: string;
  /** Folders and files that it may read, from the repository's top; `""` is the top. */
  readonly reads: readonly string[];
  /** By what is in the tree: what moves counts as unchanged. Undefined if it cannot be known. */
  readonly input: InputSummary | undefined;
  /** Why it cannot be told. */
  readonly problem: string | undefined;
  /** How the refresh argument gets its value, where the leg declares it. */
  readonly refresh: string;
}

export interface ReadTreeOptions {
  /** The config's path from the repository's top. */
  readonly file: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly now: Date;
  /** As for `loadConfig`. */
  readonly printBake?: BakePrinter | undefined;
  readonly plainYaml?: boolean | undefined;
}

/**
 * Reads the legs of the tree that a folder shows. Moving inputs are not resolved and count by
 * their names, and the epoch is that of `now`: both are the same for each tree. Throws a usage
 * error for a config that is not there or not right; a leg whose Dockerfile is not has a `problem`.
 */
export async function readTreeLegs(
  folder: TreeFolder,
  options: ReadTreeOptions,
): Promise<TreeLegs> {
  const config = await loadFrom(folder, options);
  const { repository } = config.cache;
  const reader = new DockerfileReader(config.root);
  const hasher = createContextHasher({ root: config.root, run: () => undefined });
  const legs = config.variants.flatMap((variant) =>
    variant.platforms.map((platform) =>
      readTreeLeg(config, variant, platform, { folder, reader, hasher, now: options.now }),
    ),
  );
  return {
    legs: new Map((await Promise.all(legs)).map((leg) => [leg.id, leg])),
    cacheRepository: repository === undefined ? undefined : formatRepository(repository),
    opaque: new Map(folder.opaque),
  };
}

interface Reading {
  readonly folder: TreeFolder;
  readonly reader: DockerfileReader;
  readonly hasher: ContextHasher;
  readonly now: Date;
}

async function readTreeLeg(
  config: Config,
  variant: Variant,
  platform: Platform,
  { folder, reader, hasher, now }: Reading,
): Promise<TreeLeg> {
  const spelt = formatPlatform(platform);
  const leg: TreeLeg = {
    id: `${variant.name}/${spelt}`,
    variant: variant.name,
    platform: spelt,
    reads: readsOf(config.root, variant, folder),
    input: undefined,
    problem: undefined,
    refresh: "",
  };
  try {
    const { refresh } = config;
    // A command of the config does not run for a comparison.
    const epoch =
      refresh === undefined || refresh.every === "command"
        ? undefined
        : { arg: refresh.arg, value: epochOf(refresh.every, now) };
    const outside = leg.reads.find((path) => path === ".." || path.startsWith("../"));
    if (outside !== undefined)
      return { ...leg, problem: "it reads files outside of the repository" };
    // Any machine will do: it is the same for both trees.
    const recipe = recipeOf(config, variant, platform, platform);
    const inputs = await readWithAssumedBases(recipe, { reader, epoch });
    const pins = await resolvePins(movingInputs(inputs), () => Promise.resolve({ resolved: null }));
    const { input } = await readInput(config.root, inputs, { pins, epoch, hasher });
    const declared = refresh !== undefined && inputs.stages.declaredArgs.includes(refresh.arg);
    const how = [refresh?.arg, refresh?.every, refresh?.command];
    return { ...leg, input, refresh: declared ? JSON.stringify(how) : "" };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { ...leg, problem: withoutFolder(error.message, folder) };
  }
}

/** Its contexts, and the folders of its Dockerfile and its ignore file. */
function readsOf(root: string, variant: Variant, folder: TreeFolder): readonly string[] {
  const paths = [variant.dockerfile, variant.context, ...Object.values(variant.contexts)].filter(
    (path) => !isRemoteContext(path),
  );
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

/** Messages name files as the repository does, not as the temporary folder. */
function withoutFolder(text: string, { path }: TreeFolder): string {
  return text.replaceAll(`${path}/`, "").replaceAll(path, ".");
}
