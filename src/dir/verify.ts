import { checkKey } from "./keys/key-tag.ts";
import { checkPacks } from "./restore/fetch-files.ts";
import { findExact, type Storage } from "./stored/find-cache.ts";
import { missingPacks, readCache } from "./stored/read-cache.ts";
import { FormatError } from "../errors.ts";
import type { Crew } from "./threads/crew.ts";

/** What is wrong with a cache, one sentence each; nothing if it can be restored. */
export interface DirectoryVerification {
  readonly key: string;
  readonly packs: number;
  readonly problems: readonly string[];
}

/**
 * Checks that a cache's list of files is valid and that the repository has all its packs; with
 * `deep`, also the content of each pack. Undefined if there is no cache of the key.
 */
export async function verifyDirectory(
  storage: Storage,
  key: string,
  { crew, deep = false }: { readonly crew: Crew; readonly deep?: boolean | undefined },
): Promise<DirectoryVerification | undefined> {
  const found = await findExact(storage, checkKey(key));
  if (found === undefined) return undefined;
  try {
    const cache = await readCache(storage, found);
    const packs = cache.packs.length;
    if (deep) return { key, packs, problems: await checkPacks(cache, { storage, crew, key }) };
    const missing = [...(await missingPacks(storage, cache.packs))];
    const problems = missing.map((n) => `the pack ${cache.packs[n]?.digest ?? n} was not found`);
    return { key, packs, problems };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { key, packs: 0, problems: [error.message] };
  }
}
