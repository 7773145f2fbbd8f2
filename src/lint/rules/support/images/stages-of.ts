import type { Dockerfile } from "../../../../dockerfile/parse/dockerfile.ts";
import { isPredefinedArg } from "../../../../dockerfile/expand/predefined-args.ts";
import type { StageOptions } from "../../../../dockerfile/stages/stage-options.ts";
import { declaredArgs, readStages, type Stages } from "../../../../dockerfile/stages/stages.ts";
import { UsageError } from "../../../../errors.ts";
import { parsePlatform } from "../../../../oci/platform.ts";
import { knownText } from "../../../expressions/value.ts";
import type { Repository } from "../../../files/repository.ts";
import type { Placed } from "../../../model/builds.ts";
import { type BuildFile, dockerfileOf, type NoBuildFile } from "../../../model/dockerfile-of.ts";
import { checkoutsKey } from "../../../model/checkouts.ts";
import type { Build } from "../../../model/operation.ts";
import type { JobRun } from "../../../model/pipeline.ts";
import { remember } from "../../../remember.ts";

/** A Dockerfile and the stages that a build's target needs. */
export interface BuiltStages extends BuildFile {
  readonly stages: Stages;
}

type Platforms = Pick<StageOptions, "platform" | "buildPlatform">;

/**
 * The stages that a build needs, on its first platform if no other is given; if its Dockerfile
 * cannot be read, why. Read once for all rules and jobs that find the same files.
 */
export function stagesOf(
  { operation, job }: Placed<Build>,
  repository: Repository,
  given?: Platforms,
): BuiltStages | NoBuildFile {
  const key = `${checkoutsKey(job)}${given === undefined ? "" : JSON.stringify(given)}`;
  const read = stagesOfBuild(operation);
  const stages = read.get(key) ?? readStagesOf(operation, job, { repository, given });
  read.set(key, stages);
  return stages;
}

const stagesOfBuild = remember<Build, Map<string, BuiltStages | NoBuildFile>>(() => new Map());

function readStagesOf(
  build: Build,
  job: JobRun,
  {
    repository,
    given,
  }: { readonly repository: Repository; readonly given?: Platforms | undefined },
): BuiltStages | NoBuildFile {
  const [opaque] = build.opaque;
  if (opaque !== undefined) return { why: opaque };
  const file = dockerfileOf(build, job, repository);
  if ("why" in file) return file;
  const { target, platforms } = build;
  const stage = target === undefined ? undefined : knownText(target.value);
  if (target !== undefined && stage === undefined) {
    return { why: `the target ${target.value.text} is only known at run time` };
  }
  try {
    const first = parsePlatform(knownText(platforms[0]?.value) ?? "linux/amd64");
    const args = usedArgs(build, file.dockerfile);
    const options = { target: stage, args, platform: first, ...given };
    return { ...file, stages: stagesIn(file.dockerfile, options) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { why: `${file.path}: ${error.problems[0]?.message ?? error.message}` };
  }
}

/** The known arguments of a build that its Dockerfile uses: it is read once for all others. */
function usedArgs({ buildArgs }: Build, dockerfile: Dockerfile): Readonly<Record<string, string>> {
  const declared = declaredArgs(dockerfile);
  const used = buildArgs.flatMap(({ name, value }) => {
    const text = declared.has(name) || isPredefinedArg(name) ? knownText(value) : undefined;
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(used);
}

const stagesByOptions = remember<Dockerfile, Map<string, Stages>>(() => new Map());

function stagesIn(dockerfile: Dockerfile, options: StageOptions): Stages {
  const read = stagesByOptions(dockerfile);
  const key = JSON.stringify(options);
  const stages = read.get(key) ?? readStages(dockerfile, options);
  read.set(key, stages);
  return stages;
}
