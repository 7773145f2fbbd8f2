/** What a client has learned about registries, so that it asks only once. By host. */
export interface Learned {
  /** Whether a host lists referrers, or a tag must list them. */
  readonly referrers: Map<string, "api" | "tag">;
  /** The largest request body that a host, or a proxy in front of it, accepts. Bytes. */
  readonly largestBody: Map<string, number>;
  /** Mounts, `host/to host/from`, for which no token covers both repositories. */
  readonly refusedScopes: Set<string>;
  /** Whether a host honours `If-None-Match` for writing a tag. */
  readonly conditions: Map<string, Promise<boolean>>;
}

export function createLearned(): Learned {
  return {
    referrers: new Map(),
    largestBody: new Map(),
    refusedScopes: new Set(),
    conditions: new Map(),
  };
}
