import { count } from "../../../count.ts";
import type { JudgedEntry } from "../../../cache/github/judge-entries.ts";
import { renderPrunedEntries } from "../../../report/caches/github-entries-report.ts";
import { type GithubEntriesOptions, openGithubEntries } from "./github-entries.ts";
import { type Io, warn } from "../../io.ts";
import type { deleting } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

/**
 * Deletes entries that no run can use any more, and those that were unused for some milliseconds;
 * without `--yes`, shows them.
 */
export async function pruneEntries(
  unused: number | undefined,
  options: GithubEntriesOptions & OptionsOf<typeof deleting>,
  io: Io,
): Promise<void> {
  using opened = openGithubEntries(options, io);
  const { entries } = await opened.read();
  const now = io.now().getTime();
  const chosen = entries.flatMap((entry) => {
    const reason = reasonOf(entry, unused, now);
    return reason === undefined ? [] : [{ ...entry, reason }];
  });
  const deleted: number[] = [];
  try {
    for (const { id } of options.yes === true ? chosen : []) {
      await opened.caches.delete(id);
      deleted.push(id);
    }
  } catch (error) {
    warn(
      io,
      `deleted ${deleted.length} of ${count(chosen.length, "entry", "entries")} before the error`,
    );
    throw error;
  }
  const { repository } = opened;
  show(io, options, { repository, chosen, deleted }, (_, page) =>
    renderPrunedEntries(chosen, options.yes === true, page),
  );
}

function reasonOf(
  { state, kind, ref, lastAccessedAt }: JudgedEntry,
  unused: number | undefined,
  now: number,
): string | undefined {
  if (state === "orphaned") {
    return ref.startsWith("refs/pull/")
      ? "its pull request is closed"
      : "its branch or tag was deleted";
  }
  if (state === "superseded") {
    return kind === "signature"
      ? "the index that it signed was deleted"
      : "a newer index replaced it";
  }
  const idle = now - Date.parse(lastAccessedAt);
  return unused !== undefined && idle >= unused ? `last used ${lastAccessedAt}` : undefined;
}
