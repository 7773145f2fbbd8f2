import type { Dockerfile } from "../../../../dockerfile/parse/dockerfile.ts";
import type { StageOptions } from "../../../../dockerfile/stages/stage-options.ts";
import { readStages, type Stages } from "../../../../dockerfile/stages/stages.ts";
import { UsageError } from "../../../../errors.ts";
import { parsePlatform } from "../../../../oci/platform.ts";
import { knownText } from "../../../expressions/value.ts";
import type { Repository } from "../../../files/repository.ts";
import type { Placed } from "../../../model/builds.ts";
import { type BuildFile, dockerfileOf, type NoBuildFile } from "../../../model/dockerfile-of.ts";
import type { Build } from "../../../model/operation.ts";

/** A Dockerfile and the stages that a build's target needs. */
export interface BuiltStages extends BuildFile {
  readonly stages: Stages;
}

type Platforms = Pick<StageOptions, "platform" | "buildPlatform">;

/**
 * The stages that a build needs, on its first platform if no other is given; if its Dockerfile
 * cannot be read, why.
 */
export function stagesOf(
  { operation, job }: Placed<Build>,
  repository: Repository,
  given?: Platforms,
): BuiltStages | NoBuildFile {
  const [opaque] = operation.opaque;
  if (opaque !== undefined) return { why: opaque };
  const file = dockerfileOf(operation, job, repository);
  if ("why" in file) return file;
  const { target, platforms, buildArgs } = operation;
  const stage = target === undefined ? undefined : knownText(target.value);
  if (target !== undefined && stage === undefined) {
    return { why: `the target ${target.value.text} is only known at run time` };
  }
  const args = buildArgs.flatMap(({ name, value }) => {
    const text = knownText(value);
    return text === undefined ? [] : [[name, text] as const];
  });
  try {
    const first = parsePlatform(knownText(platforms[0]?.value) ?? "linux/amd64");
    const options = { target: stage, args: Object.fromEntries(args), platform: first, ...given };
    return { ...file, stages: stagesIn(file.dockerfile, options) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { why: `${file.path}: ${error.problems[0]?.message ?? error.message}` };
  }
}

const known = new WeakMap<Dockerfile, Map<string, Stages>>();

/** Read once: several rules ask for them, for every way to start a workflow. */
function stagesIn(dockerfile: Dockerfile, options: StageOptions): Stages {
  const read = known.get(dockerfile) ?? new Map<string, Stages>();
  known.set(dockerfile, read);
  const key = JSON.stringify(options);
  const stages = read.get(key) ?? readStages(dockerfile, options);
  read.set(key, stages);
  return stages;
}
