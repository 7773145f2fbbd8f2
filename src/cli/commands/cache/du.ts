import { defineCommand } from "../../program/define-command.ts";
import { repository } from "../../program/flag-groups.ts";
import { show } from "../../show/show-result.ts";

export const cacheDu = defineCommand({
  name: "du",
  summary: "show how much space the repository uses, per leg and shared between legs",
  flags: repository,
  example: "layerkeep cache du",
  run: async ({ options, io }) => {
    const [{ openCacheRepository }, { usageOf }, { renderUsage }] = await Promise.all([
      import("../../caches/repository/cache-repository.ts"),
      import("../../../pipeline/caches/usage.ts"),
      import("../../../report/caches/cache-repository-report.ts"),
    ]);
    await using opened = await openCacheRepository(options, io);
    const { tags } = await opened.survey();
    const usage = usageOf(tags, opened.legs);
    show(io, options, { repository: opened.name, ...usage }, renderUsage);
    return 0;
  },
});
