/** What a client found out about the registries that it speaks to, so that it asks once. By host. */
export interface Learned {
  /** Whether a host lists referrers, or a tag has to. */
  readonly referrers: Map<string, "api" | "tag">;
  /** The largest request body that a host, or a proxy before it, takes. Bytes. */
  readonly largestBody: Map<string, number>;
  /** Mounts, `host/to host/from`, for which no token was given that reaches both repositories. */
  readonly refusedScopes: Set<string>;
}

export function createLearned(): Learned {
  return { referrers: new Map(), largestBody: new Map(), refusedScopes: new Set() };
}
