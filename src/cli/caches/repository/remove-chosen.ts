import type { Removals } from "../../../pipeline/caches/choose-removals.ts";
import { removeTags } from "../../../pipeline/caches/remove-tags.ts";
import type { Removal } from "../../../registry/deletion/remover.ts";
import { renderRemovals, renderRemoved } from "../../../report/caches/cache-repository-report.ts";
import type { CacheRepository } from "./cache-repository.ts";
import { type GlobalOptions, type Io, warn } from "../../io.ts";
import type { deleting as deletingFlags } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

/**
 * Deletes with `--yes`; without it, shows what would be deleted. Gives the exit code: 1 if something
 * could not be deleted.
 */
export async function removeChosen(
  opened: CacheRepository,
  removals: Removals,
  flags: GlobalOptions & OptionsOf<typeof deletingFlags>,
  io: Io,
): Promise<number> {
  const { client, repository } = opened;
  const { chosen, freed, left, warnings } = removals;
  for (const text of warnings) warn(io, text);
  const result = { repository: opened.name, chosen, bytes: { freed, left } };
  if (flags.yes !== true || chosen.length === 0) {
    show(io, flags, { ...result, removed: null }, () => renderRemovals(removals));
    return 0;
  }
  using deleting = opened.openRemover();
  let deleted = 0;
  const onRemoval = ({ outcome }: Removal): void => void (deleted += outcome === "deleted" ? 1 : 0);
  const options = { signal: io.signal, onRemoval };
  const removed = await removeTags(client, deleting.remover, repository, removals, options).catch(
    (error: unknown) => {
      warn(io, `deleted ${deleted} of ${chosen.length} tags before the error`);
      throw error;
    },
  );
  show(io, flags, { ...result, removed }, () => renderRemoved(removals, removed));
  for (const { tag, reason, hint } of removed.refused)
    warn(io, `${tag} was not deleted: ${reason} (${hint})`);
  return removed.refused.length === 0 ? 0 : 1;
}
