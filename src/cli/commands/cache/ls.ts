import { defineCommand } from "../../program/define-command.ts";
import { repository } from "../../program/flag-groups.ts";
import { flag } from "../../program/flags.ts";
import { warn } from "../../io.ts";
import { show } from "../../show/show-result.ts";

export const cacheLs = defineCommand({
  name: "ls",
  summary: "list the repository's caches and the legs they belong to",
  flags: [...repository, flag("-a, --all", "also list staged builds, logs and all other tags")],
  example: "layerkeep cache ls --all",
  run: async ({ options, io }) => {
    const [{ openCacheRepository }, { renderJudged }] = await Promise.all([
      import("../../caches/repository/cache-repository.ts"),
      import("../../../report/caches/cache-repository-report.ts"),
    ]);
    await using opened = await openCacheRepository(options, io);
    const { judged } = await opened.survey();
    // Of builds and logs, those that need a look.
    const shown = judged.filter(
      ({ kind, state }) =>
        options.all === true || kind === "cache" || !["warm", "kept"].includes(state),
    );
    show(io, options, { repository: opened.name, tags: judged }, (_, page) =>
      renderJudged(shown, judged, io.now().getTime(), page),
    );
    if (options.json) return 0;
    for (const { tag, warnings } of judged)
      for (const warning of warnings) warn(io, `${tag}: ${warning}`);
    return 0;
  },
});
