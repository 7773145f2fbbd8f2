import { findBuildx } from "../../../buildkit/builder/buildx.ts";
import { diskUsage, pruneBuilder } from "../../../buildkit/engine/disk-usage.ts";
import { exec } from "../../../exec.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderEnginePrune, sumByType } from "../../../report/caches/engine-report.ts";
import { formatBytes } from "../../../report/table.ts";
import type { Io } from "../../io.ts";
import { type EngineOptions, questionOf } from "./engine-du.ts";

export interface EnginePruneOptions extends EngineOptions {
  readonly all?: boolean;
  /** Milliseconds. */
  readonly unused?: number;
  /** Bytes. */
  readonly keepStorage?: number;
  readonly maxUsedSpace?: number;
  readonly minFreeSpace?: number;
  readonly yes?: boolean;
}

/** Deletes from a builder's own cache, or says what could go. */
export async function runEnginePrune(options: EnginePruneOptions, io: Io): Promise<number> {
  const buildx = await findBuildx(io.env, exec);
  const { unused, json } = options;
  const question = questionOf(options, io);
  if (options.yes !== true) {
    const may = (await diskUsage(buildx, question)).filter(
      ({ reclaimable, idle }) => reclaimable && idle >= (unused ?? 0),
    );
    io.out(
      json
        ? `${harmlessJson({ ...sumByType(may), freed: null }, 2)}\n`
        : `${harmless(renderEnginePrune(may))}\n`,
    );
    return 0;
  }
  const freed = await pruneBuilder(buildx, {
    ...question,
    all: options.all,
    unused,
    reservedSpace: options.keepStorage,
    maxUsedSpace: options.maxUsedSpace,
    minFreeSpace: options.minFreeSpace,
  });
  io.out(json ? `${harmlessJson({ freed })}\n` : `${formatBytes(freed)} freed\n`);
  return 0;
}
