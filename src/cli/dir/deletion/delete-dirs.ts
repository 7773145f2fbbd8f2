import { count } from "../../../count.ts";
import type { FoundCache } from "../../../dir/stored/find-cache.ts";
import type { Removals } from "../../../pipeline/caches/choose-removals.ts";
import { type RemovedTags, removeTags } from "../../../pipeline/caches/remove-tags.ts";
import { type SurveyedTag, surveyRepository } from "../../../pipeline/caches/survey.ts";
import type { Removal } from "../../../registry/deletion/remover.ts";
import { dirTagPrefix } from "../../../dir/keys/key-tag.ts";
import { refuseUntrusted } from "../../caches/repository/refuse-untrusted.ts";
import { openRemover } from "../../caches/repository/removers.ts";
import { clientOptions } from "../../client-options.ts";
import { type Io, warn } from "../../io.ts";
import type { OpenDirs } from "../open-dirs.ts";

/** All tags of directory caches, and what they lead to. */
export function surveyDirs({ storage }: OpenDirs): Promise<readonly SurveyedTag[]> {
  const { client, repository, signal } = storage;
  const isWanted = (tag: string): boolean => tag.startsWith(dirTagPrefix);
  return surveyRepository(client, repository, { signal, isWanted });
}

/**
 * Deletes caches, and the manifests that only they lead to. Warns of each that was not deleted.
 * Throws a usage error if this run is not trusted to delete, or credentials are missing.
 */
export async function deleteDirs(
  { session, storage }: OpenDirs,
  removals: Pick<Removals, "chosen" | "children">,
  caches: readonly Pick<FoundCache, "key" | "tag">[],
  io: Io,
): Promise<RemovedTags> {
  refuseUntrusted(session, "delete", "caches");
  const { client, repository, signal } = storage;
  using open = openRemover(repository, clientOptions(io, session.config, session.held), io.env);
  let deleted = 0;
  const onRemoval = ({ outcome }: Removal): void => void (deleted += outcome === "deleted" ? 1 : 0);
  const options = { signal, onRemoval };
  const removed = await removeTags(client, open.remover, repository, removals, options).catch(
    (error: unknown) => {
      const all = count(removals.chosen.length, "directory cache");
      warn(io, `deleted ${deleted} of ${all} before the error`);
      throw error;
    },
  );
  const keys = new Map(caches.map(({ tag, key }) => [tag, key]));
  for (const { tag, reason, hint } of removed.refused) {
    warn(io, `${keys.get(tag) ?? tag} was not deleted: ${reason} (${hint})`);
  }
  return removed;
}
