import { defineCommand } from "../../program/define-command.ts";
import { asking } from "../../program/flag-groups.ts";
import { parseMost } from "../../program/flag-values.ts";
import { byDefault, parsed } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

export const engineDu = defineCommand({
  name: "du",
  summary: "show the size of the builder cache by kind, and its largest records",
  flags: [
    ...asking,
    byDefault(10, parsed("--top <number>", "number of records to show, largest first", parseMost)),
  ],
  example: "layerkeep engine du --filter type=exec.cachemount",
  run: async ({ options, io }) => {
    const [{ openBuilder }, { diskUsage }, { renderEngineUse, sumByType }] = await Promise.all([
      import("../../caches/open-builder.ts"),
      import("../../../buildkit/engine/disk-usage.ts"),
      import("../../../report/caches/engine-report.ts"),
    ]);
    const { buildx, question } = await openBuilder(options, io);
    const records = await diskUsage(buildx, question);
    show(io, options, { ...sumByType(records), records }, (_, page) =>
      renderEngineUse(records, options.top, page),
    );
    return 0;
  },
});
