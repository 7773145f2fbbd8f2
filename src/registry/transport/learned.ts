/** What a client found out about the registries that it speaks to, so that it asks once. By host. */
export interface Learned {
  /** Whether a host lists referrers, or a tag has to. */
  readonly referrers: Map<string, "api" | "tag">;
  /** The largest request body that a host, or a proxy before it, takes. Bytes. */
  readonly largestBody: Map<string, number>;
  /** Mounts, `host/to host/from`, for which no token was given that reaches both repositories. */
  readonly refusedScopes: Set<string>;
  /** Whether a host honours `If-None-Match` when a tag is written. */
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
