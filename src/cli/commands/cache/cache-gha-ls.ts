import { usageByRef } from "../../../cache/github/judge-entries.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderEntries } from "../../../report/caches/github-entries-report.ts";
import { type GithubEntriesOptions, openGithubEntries } from "../../caches/github-entries.ts";
import type { Io } from "../../io.ts";

/** Lists what a repository has in GitHub's cache service, against what it may have. */
export async function runCacheGhaLs(options: GithubEntriesOptions, io: Io): Promise<number> {
  using opened = openGithubEntries(options, io);
  const [{ entries, live }, usage] = await Promise.all([opened.read(), opened.caches.usage()]);
  const refs = usageByRef(entries, live);
  const { repository } = opened;
  if (options.json) io.out(`${harmlessJson({ repository, usage, refs, entries }, 2)}\n`);
  else io.out(`${harmless(renderEntries(refs, entries, usage))}\n`);
  return 0;
}
