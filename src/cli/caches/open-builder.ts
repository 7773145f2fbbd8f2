import { type Buildx, findBuildx } from "../../buildkit/builder/buildx.ts";
import type { BuilderQuestion } from "../../buildkit/engine/disk-usage.ts";
import { UsageError } from "../../errors.ts";
import { exec } from "../../exec.ts";
import type { Io } from "../io.ts";
import type { asking } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { builderOfEnvironment } from "../run/probes.ts";

/**
 * buildx, and what to ask it about the cache of the builder that the flags name. Throws a usage
 * error for a filter by age, which buildx ignores when it lists.
 */
export async function openBuilder(
  { builder, filter }: OptionsOf<typeof asking>,
  io: Io,
): Promise<{ readonly buildx: Buildx; readonly question: BuilderQuestion }> {
  const buildx = await findBuildx(io.env, exec);
  const aged = filter.find((text) => /^(?:until|unused-for)=/.test(text));
  if (aged !== undefined) {
    throw new UsageError(`--filter ${aged} is not supported`, {
      hint: "use `layerkeep engine prune --unused 48h` instead",
    });
  }
  const question = {
    builder: builder ?? builderOfEnvironment(io),
    filters: filter,
    signal: io.signal,
  };
  return { buildx, question };
}
