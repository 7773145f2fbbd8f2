import { type StageOptions } from "./stage-options.ts";
import { UsageError } from "../../errors.ts";
import { checkStages } from "../check/check-stages.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { Dockerfile } from "../parse/dockerfile.ts";
import { parseContextAddress } from "../context-address.ts";
import type { Env } from "../expand/expand.ts";
import type {
  BaseImage,
  ContextSource,
  ImageUse,
  OutsideImage,
  ReachedStage,
  RemoteSource,
  UnknownSource,
} from "./found.ts";
import type { UsedCacheMount } from "./cache-mounts.ts";
import { declareStages, type GlobalArgs, readGlobalArgs, type StageDeclaration } from "./from.ts";
import { familiarName } from "../image-name.ts";
import { nearest } from "../../nearest.ts";
import { isPredefinedArg } from "../expand/predefined-args.ts";
import { readEpochSource } from "./source-date-epoch.ts";
import { StageWalk } from "./stage-walk.ts";
import { type BaseConfig, configOfStage } from "./triggers.ts";
import { splitArgs } from "../parse/words.ts";

/** A Dockerfile evaluated for a target: what the build of that target reads. */
export interface Stages {
  /** The target stage's name, or its number if it has none. */
  readonly target: string;
  readonly escape: string;
  /** The stages that the target needs, itself included, in the file's order. */
  readonly reached: readonly ReachedStage[];
  /** Outside images, each once; without `scratch` and those that a named context replaces. */
  readonly images: readonly OutsideImage[];
  /** Every place that names one of them. */
  readonly imageUses: readonly ImageUse[];
  /** The names of all stages of the file, reached or not, in lower case. */
  readonly stageNames: ReadonlySet<string>;
  /** The frontend image; `BUILDKIT_SYNTAX` overrides the directive. */
  readonly syntax: { readonly ref: string; readonly line: number | undefined } | undefined;
  /** Named contexts that the reached stages read, by their familiar names. */
  readonly contexts: readonly string[];
  /**
   * Arguments whose values affect the result: those that a reached stage declares, and those before
   * the first FROM that a reached FROM, or the default of such an argument, uses.
   */
  readonly declaredArgs: readonly string[];
  /** Values of the arguments before the first FROM that are used. */
  readonly globalArgs: Readonly<Record<string, string>>;
  /**
   * The arguments that describe the building machine (`BUILDARCH`) and are read with BuildKit's
   * values.
   */
  readonly machineArgs: Readonly<Record<string, string>>;
  /**
   * Those of them that another stage gives its own default, which a build argument would override.
   */
  readonly overruledArgs: readonly string[];
  /** Stages that a named context replaces: the stage's number, and the context's familiar name. */
  readonly replaced: ReadonlyMap<number, string>;
  /** Remote sources of ADD. */
  readonly remoteSources: readonly RemoteSource[];
  /** What the reached stages take from the build context and from named ones, expanded. */
  readonly contextSources: readonly ContextSource[];
  /** Those of the reached stages whose values are all known. */
  readonly cacheMounts: readonly UsedCacheMount[];
  /**
   * Why files may be taken that are not listed here: variables and triggers that only the base
   * image sets. Empty if everything is known.
   */
  readonly unknown: readonly UnknownSource[];
  /** Images that reached stages are built on: their configs may add variables and triggers. */
  readonly bases: readonly BaseImage[];
  /** What the target's image brings to what is built on it; undefined if not known for certain. */
  readonly config: BaseConfig | undefined;
  /** Arguments that are set although the file does not declare them. */
  readonly unusedArgs: readonly string[];
}

/**
 * The stages that a target needs and all that they read from outside, by BuildKit's rules
 * (frontend/dockerfile/dockerfile2llb). Throws a usage error with file and line for an invalid
 * target, stage or image name.
 */
export function readStages(dockerfile: Dockerfile, options: StageOptions): Stages {
  // Not used as a plain object: an argument may be called "constructor".
  const args: Env = new Map(Object.entries(options.args));
  const globals = readGlobalArgs(dockerfile, options, args);
  const declared = declareStages(dockerfile, globals);
  checkStages(declared, { file: dockerfile.file, escape: dockerfile.directives.escape });
  const target = findTarget(declared, options.target, dockerfile.file);
  const contexts = new Map(
    Object.entries(options.contexts ?? {}).map(([name, address]) => [
      familiarName(name),
      parseContextAddress(address),
    ]),
  );
  const walk = new StageWalk({
    dockerfile,
    declared,
    globals,
    args,
    contexts,
    platform: formatPlatform(options.platform),
    baseConfig: options.baseConfig ?? (() => undefined),
  });
  const end = walk.visit(target);
  const found = walk.found;
  const epoch = readEpochSource(dockerfile, declared, globals, { args, contexts });
  for (const name of epoch.args) found.globals.add(name);
  for (const name of epoch.contexts) found.contexts.add(name);
  for (const remote of epoch.remotes) {
    if (!found.remotes.some(({ line, url }) => line === remote.line && url === remote.url)) {
      found.remotes.push(remote);
    }
  }
  const used = withDependencies([...found.globals], globals);
  const declaredArgs = [...new Set([...found.declared, ...used])].sort();
  const syntax = args.get("BUILDKIT_SYNTAX");
  return {
    target: target.name ?? String(target.index),
    escape: dockerfile.directives.escape,
    reached: [...found.stages].sort((a, b) => a.index - b.index),
    images: [...found.images.values()],
    imageUses: found.imageUses,
    stageNames: new Set(declared.flatMap(({ name }) => name ?? [])),
    syntax: syntax === undefined ? dockerfile.directives.syntax : { ref: syntax, line: undefined },
    contexts: [...found.contexts].sort(),
    declaredArgs,
    globalArgs: Object.fromEntries(
      [...used].sort().flatMap((name) => {
        const value = globals.env.get(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    machineArgs: Object.fromEntries(
      [...used].sort().flatMap((name) => {
        const value = globals.machine.get(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    overruledArgs: [...found.defaulted].filter((n) => used.has(n) && globals.machine.has(n)).sort(),
    replaced: found.replaced,
    remoteSources: found.remotes,
    contextSources: found.contextSources,
    cacheMounts: found.cacheMounts,
    unknown: found.unknown,
    bases: [...found.bases.values()],
    // What takes the target's place may be anything.
    config: found.replaced.has(target.index)
      ? undefined
      : configOfStage(end.imageEnv(), target.instructions),
    unusedArgs: unusedArgs(dockerfile, [...args.keys()]),
  };
}

function findTarget(
  stages: readonly StageDeclaration[],
  target: string | undefined,
  file: string,
): StageDeclaration {
  const wanted = target?.toLowerCase();
  const found =
    wanted === undefined || wanted === ""
      ? stages.at(-1)
      : // A target cannot be a number: only --from of COPY takes one.
        stages.findLast(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = stages.flatMap(({ name }) => name ?? []);
  const isNumber = /^\d+$/.test(wanted ?? "");
  const near = isNumber ? undefined : nearest(wanted ?? "", names);
  const why = isNumber ? "use a stage name, not a number; " : "";
  const known = `${why}${names.length > 0 ? `the stages are ${names.join(", ")}` : "no stage has a name"}`;
  throw new UsageError([
    {
      message: `target stage "${target ?? ""}" not found`,
      hint: near === undefined ? known : `did you mean "${near}"?`,
      file,
    },
  ]);
}

/** The names, and everything that their defaults use. */
function withDependencies(names: readonly string[], globals: GlobalArgs): ReadonlySet<string> {
  const all = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (all.has(name)) continue;
    all.add(name);
    open.push(...(globals.dependencies.get(name) ?? []));
  }
  return all;
}

function unusedArgs(dockerfile: Dockerfile, given: readonly string[]): readonly string[] {
  const declared = declaredArgs(dockerfile);
  return given.filter((name) => !declared.has(name) && !isPredefinedArg(name)).sort();
}

/** The arguments that a file declares, in triggers too. A build argument of another name has no effect. */
export function declaredArgs(dockerfile: Dockerfile): ReadonlySet<string> {
  return new Set(
    dockerfile.instructions
      .map((instruction) => instruction.trigger ?? instruction)
      .filter(({ keyword }) => keyword === "ARG")
      .flatMap(({ rest }) => splitArgs(rest, dockerfile.directives.escape))
      .map(({ name }) => name),
  );
}
