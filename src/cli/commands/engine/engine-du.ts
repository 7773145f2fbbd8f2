import { findBuildx } from "../../../buildkit/builder/buildx.ts";
import { type BuilderQuestion, diskUsage } from "../../../buildkit/engine/disk-usage.ts";
import { UsageError } from "../../../errors.ts";
import { exec } from "../../../exec.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderEngineUse, sumByType } from "../../../report/caches/engine-report.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import { builderOfEnvironment } from "../../run/probes.ts";

export interface EngineOptions extends GlobalOptions {
  readonly builder?: string;
  readonly filter?: readonly string[];
}

export interface EngineDuOptions extends EngineOptions {
  readonly top: number;
}

/** Says what a builder's own cache has. */
export async function runEngineDu(options: EngineDuOptions, io: Io): Promise<number> {
  const buildx = await findBuildx(io.env, exec);
  const uses = await diskUsage(buildx, questionOf(options, io));
  if (options.json) io.out(`${harmlessJson({ ...sumByType(uses), records: uses }, 2)}\n`);
  else io.out(`${harmless(renderEngineUse(uses, options.top))}\n`);
  return 0;
}

/** Throws a usage error for a filter by age, which buildx passes over when it lists. */
export function questionOf({ builder, filter }: EngineOptions, io: Io): BuilderQuestion {
  const aged = filter?.find((text) => /^(?:until|unused-for)=/.test(text));
  if (aged !== undefined) {
    throw new UsageError(`--filter ${aged} is not for this command`, {
      hint: "give `layerkeep engine prune` --unused 48h instead",
    });
  }
  return {
    builder: builder ?? builderOfEnvironment(io),
    filters: filter ?? [],
    signal: io.signal,
  };
}
