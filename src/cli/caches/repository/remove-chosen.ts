import { count } from "../../../count.ts";
import type { Removals } from "../../../pipeline/caches/choose-removals.ts";
import { type RemovedTags, removeTags } from "../../../pipeline/caches/remove-tags.ts";
import type { Removal } from "../../../registry/deletion/remover.ts";
import { renderRemovals, renderRemoved } from "../../../report/caches/cache-repository-report.ts";
import type { CacheRepository } from "./cache-repository.ts";
import { type GlobalOptions, type Io, warn } from "../../io.ts";
import type { deleting as deletingFlags } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { show } from "../../show/show-result.ts";

type Flags = GlobalOptions & OptionsOf<typeof deletingFlags>;

/**
 * Deletes with `--yes`; without it, shows what would be deleted. Gives the exit code: 1 if something
 * could not be deleted.
 */
export async function removeChosen(
  opened: Deletable,
  removals: Removals,
  flags: Flags,
  io: Io,
): Promise<number> {
  const { result, text, isWhole } = await deleteChosen(opened, removals, flags, io);
  show(io, flags, result, () => text);
  return isWhole ? 0 : 1;
}

/** A repository to delete in. */
type Deletable = Pick<CacheRepository, "client" | "repository" | "name" | "openRemover">;

/** What was deleted, or would be. */
export interface Deleted {
  /** As `--json` prints it. */
  readonly result: {
    readonly repository: string;
    readonly chosen: Removals["chosen"];
    readonly bytes: Pick<Removals, "freed" | "left">;
    /** Null: nothing was to be deleted. */
    readonly removed: RemovedTags | null;
  };
  /** The same for people. */
  readonly text: string;
  /** Whether all was deleted that should have been. */
  readonly isWhole: boolean;
}

/** Deletes with `--yes`, and prints warnings. */
export async function deleteChosen(
  opened: Deletable,
  removals: Removals,
  flags: Flags,
  io: Io,
): Promise<Deleted> {
  const { client, repository } = opened;
  const { chosen, freed, left, warnings } = removals;
  for (const text of warnings) warn(io, text);
  const result = { repository: opened.name, chosen, bytes: { freed, left } };
  if (flags.yes !== true || chosen.length === 0) {
    const text = renderRemovals(removals, { columns: io.pageColumns() });
    return { result: { ...result, removed: null }, text, isWhole: true };
  }
  using deleting = opened.openRemover();
  let deleted = 0;
  const onRemoval = ({ outcome }: Removal): void => void (deleted += outcome === "deleted" ? 1 : 0);
  const options = { signal: io.signal, onRemoval };
  const removed = await removeTags(client, deleting.remover, repository, removals, options).catch(
    (error: unknown) => {
      warn(io, `deleted ${deleted} of ${count(chosen.length, "tag")} before the error`);
      throw error;
    },
  );
  for (const { tag, reason, hint } of removed.refused)
    warn(io, `${tag} was not deleted: ${reason} (${hint})`);
  const text = renderRemoved(removals, removed);
  return { result: { ...result, removed }, text, isWhole: removed.refused.length === 0 };
}
