import { defineCommand } from "../../../program/define-command.ts";
import { github } from "../../../program/flag-groups.ts";
import { show } from "../../../show/show-result.ts";

export const githubLs = defineCommand({
  name: "ls",
  summary: "list cache entries by ref, and show how much of GitHub's limit they use",
  flags: github,
  example: "layerkeep cache gha ls --repo acme/app",
  run: async ({ options, io }) => {
    const [{ openGithubEntries }, { usageByRef }, { renderEntries }] = await Promise.all([
      import("../../../caches/github/github-entries.ts"),
      import("../../../../cache/github/judge-entries.ts"),
      import("../../../../report/caches/github-entries-report.ts"),
    ]);
    using opened = openGithubEntries(options, io);
    const [{ entries, live }, usage] = await Promise.all([opened.read(), opened.caches.usage()]);
    const refs = usageByRef(entries, live);
    const { repository } = opened;
    show(io, options, { repository, usage, refs, entries }, (_, page) =>
      renderEntries(refs, entries, usage, page),
    );
    return 0;
  },
});
