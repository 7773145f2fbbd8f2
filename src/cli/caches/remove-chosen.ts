import { harmless, harmlessJson } from "../../harmless.ts";
import { formatRepository } from "../../oci/reference.ts";
import type { Removals } from "../../pipeline/caches/choose-removals.ts";
import { removeTags } from "../../pipeline/caches/remove-tags.ts";
import type { Removal } from "../../registry/deletion/remover.ts";
import { renderRemovals, renderRemoved } from "../../report/caches/cache-repository-report.ts";
import type { CacheRepository } from "./cache-repository.ts";
import { type GlobalOptions, type Io, warn } from "../io.ts";

/** Deletes with `--yes`, and says what would go without. Gives the exit code: 1 where something stays. */
export async function removeChosen(
  opened: CacheRepository,
  removals: Removals,
  { yes = false, json }: GlobalOptions & { readonly yes?: boolean },
  io: Io,
): Promise<number> {
  const { client, repository } = opened;
  const { chosen, freed, left, warnings } = removals;
  for (const text of warnings) warn(io, text);
  const told = { repository: formatRepository(repository), chosen, bytes: { freed, left } };
  if (!yes || chosen.length === 0) {
    io.out(
      json
        ? `${harmlessJson({ ...told, removed: null }, 2)}\n`
        : `${harmless(renderRemovals(removals))}\n`,
    );
    return 0;
  }
  using deleting = opened.openRemover();
  let deleted = 0;
  const onRemoval = ({ outcome }: Removal): void => void (deleted += outcome === "deleted" ? 1 : 0);
  const options = { signal: io.signal, onRemoval };
  const removed = await removeTags(client, deleting.remover, repository, removals, options).catch(
    (error: unknown) => {
      warn(io, `${deleted} of ${chosen.length} tags were deleted before that`);
      throw error;
    },
  );
  if (json) io.out(`${harmlessJson({ ...told, removed }, 2)}\n`);
  else io.out(`${harmless(renderRemoved(removals, removed))}\n`);
  for (const { tag, reason, hint } of removed.refused)
    warn(io, `${tag} stays: ${reason} (${hint})`);
  return removed.refused.length === 0 ? 0 : 1;
}
