import type { JudgedEntry } from "../../../cache/github/judge-entries.ts";
import { harmless, harmlessJson } from "../../../harmless.ts";
import { renderPrunedEntries } from "../../../report/caches/github-entries-report.ts";
import { type GithubEntriesOptions, openGithubEntries } from "../../caches/github-entries.ts";
import { type Io, warn } from "../../io.ts";

export interface CacheGhaPruneOptions extends GithubEntriesOptions {
  readonly yes?: boolean;
  /** Milliseconds. */
  readonly unused?: number;
}

/** Deletes entries that no run can use any more, or says which. */
export async function runCacheGhaPrune(options: CacheGhaPruneOptions, io: Io): Promise<number> {
  using opened = openGithubEntries(options, io);
  const { entries } = await opened.read();
  const now = io.now().getTime();
  const chosen = entries.flatMap((entry) => {
    const reason = reasonOf(entry, options.unused, now);
    return reason === undefined ? [] : [{ ...entry, reason }];
  });
  const deleted: number[] = [];
  try {
    for (const { id } of options.yes === true ? chosen : []) {
      await opened.caches.delete(id);
      deleted.push(id);
    }
  } catch (error) {
    warn(io, `${deleted.length} of ${chosen.length} entries were deleted`);
    throw error;
  }
  const { repository } = opened;
  if (options.json) io.out(`${harmlessJson({ repository, chosen, deleted }, 2)}\n`);
  else io.out(`${harmless(renderPrunedEntries(chosen, options.yes === true))}\n`);
  return 0;
}

function reasonOf(
  { state, kind, ref, lastAccessedAt }: JudgedEntry,
  unused: number | undefined,
  now: number,
): string | undefined {
  if (state === "orphaned") {
    return ref.startsWith("refs/pull/")
      ? "its pull request is closed"
      : "its branch or tag is deleted";
  }
  if (state === "superseded") {
    return kind === "signature"
      ? "the index that it signed is deleted"
      : "a newer index took its place";
  }
  const idle = now - Date.parse(lastAccessedAt);
  return unused !== undefined && idle >= unused ? `last used ${lastAccessedAt}` : undefined;
}
