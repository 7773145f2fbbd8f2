import { parseDuration } from "../../../duration.ts";
import { parseSize } from "../../../config/size.ts";
import { defineCommand } from "../../program/define-command.ts";
import { asking, deleting } from "../../program/flag-groups.ts";
import { flag, parsed } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

export const enginePrune = defineCommand({
  name: "prune",
  summary: "show records that can be deleted from the builder cache, or delete them with --yes",
  flags: [
    ...asking,
    flag("-a, --all", "also delete BuildKit's internal records"),
    parsed(
      "--unused <duration>",
      "delete only records that have been unused for this long",
      parseDuration,
    ),
    parsed(
      "--keep-storage <size>",
      "always keep at least this much data (buildx: --reserved-space)",
      parseSize,
    ),
    parsed("--max-used-space <size>", "keep at most this much", parseSize),
    parsed("--min-free-space <size>", "delete until this much disk space is free", parseSize),
    ...deleting,
  ],
  example: "layerkeep engine prune --unused 48h --keep-storage 20GB --yes",
  run: async ({ options, io }) => {
    const [{ openBuilder }, { diskUsage, pruneBuilder }, report] = await Promise.all([
      import("../../caches/open-builder.ts"),
      import("../../../buildkit/engine/disk-usage.ts"),
      import("../../../report/caches/engine-report.ts"),
    ]);
    const { buildx, question } = await openBuilder(options, io);
    const { all, unused, keepStorage: reservedSpace, maxUsedSpace, minFreeSpace } = options;
    if (options.yes !== true) {
      const records = (await diskUsage(buildx, question)).filter(
        ({ reclaimable, idle }) => reclaimable && idle >= (unused ?? 0),
      );
      show(io, options, { ...report.sumByType(records), freed: null }, (_, page) =>
        report.renderEnginePrune(records, page),
      );
      return 0;
    }
    const limits = { all, unused, reservedSpace, maxUsedSpace, minFreeSpace };
    const freed = await pruneBuilder(buildx, { ...question, ...limits });
    show(io, options, { freed }, report.renderFreed);
    return 0;
  },
});
