/** What a job may do with GitHub's cache (GitHub's changelog, 2026-06-26 and 2026-09-10). */
export type CacheMode = "read" | "write" | "write-only" | "none";

export interface CacheGrant {
  readonly mode: CacheMode;
  /** An explicit `write` in an event whose default is `read`: GitHub adds a warning. */
  readonly overridden: boolean;
}

/** A job's key wins over its workflow's; a called workflow gets no more than its caller. */
export function cacheGrant(
  keys: { readonly job: string | undefined; readonly workflow: string | undefined },
  readOnlyByDefault: boolean,
  caller: CacheMode | undefined,
): CacheGrant {
  const explicit = keys.job ?? keys.workflow;
  const mode = isMode(explicit) ? explicit : (caller ?? (readOnlyByDefault ? "read" : "write"));
  return {
    mode: caller === undefined ? mode : common(mode, caller),
    overridden: readOnlyByDefault && explicit === "write",
  };
}

export function mayRestore(mode: CacheMode): boolean {
  return mode === "read" || mode === "write";
}

export function maySave(mode: CacheMode): boolean {
  return mode === "write" || mode === "write-only";
}

function isMode(word: string | undefined): word is CacheMode {
  return word === "read" || word === "write" || word === "write-only" || word === "none";
}

function common(one: CacheMode, other: CacheMode): CacheMode {
  const restores = mayRestore(one) && mayRestore(other);
  const saves = maySave(one) && maySave(other);
  if (restores) return saves ? "write" : "read";
  return saves ? "write-only" : "none";
}
