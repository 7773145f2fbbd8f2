import { UsageError } from "../../errors.ts";
import { harmlessLine } from "../../harmless.ts";

/** What a job may do with GitHub's caches, from its ACTIONS_RUNTIME_TOKEN. */
export interface RuntimeToken {
  /** As it is sent. */
  readonly raw: string;
  /** Refs whose caches it may use, in the order in which the service looks them up. */
  readonly scopes: readonly TokenScope[];
}

export interface TokenScope {
  /** `refs/heads/main` */
  readonly ref: string;
  readonly writes: boolean;
}

const where =
  "GitHub sets it only for actions: use actions/github-script to pass it to `run:` steps";
const mayWrite = 2;

/**
 * Parses a token; only the service can check its signature (tonistiigi/go-actions-cache, cache.go).
 * `now`: milliseconds since 1970. Throws a usage error for an invalid or expired token.
 */
export function parseRuntimeToken(raw: string, now: number = Date.now()): RuntimeToken {
  const claims = claimsOf(raw);
  const expires = claims.get("exp");
  if (typeof expires === "number" && expires * 1000 <= now) {
    throw new UsageError("ACTIONS_RUNTIME_TOKEN has expired", {
      hint: "use the token of a running job: a token expires when its job ends",
    });
  }
  const access = claims.get("ac");
  const list = typeof access === "string" ? parseJson(access) : undefined;
  if (!Array.isArray(list)) {
    throw new UsageError("ACTIONS_RUNTIME_TOKEN does not grant access to caches", { hint: where });
  }
  const scopes = list.flatMap((entry: unknown): TokenScope[] => {
    const { Scope: ref, Permission: permission } = new Object(entry) as Record<string, unknown>;
    if (typeof ref !== "string" || typeof permission !== "number") return [];
    return [{ ref: harmlessLine(ref), writes: (permission & mayWrite) !== 0 }];
  });
  return { raw, scopes };
}

function claimsOf(raw: string): ReadonlyMap<string, unknown> {
  const [, payload = "", signature] = raw.split(".");
  const claims =
    signature === undefined ? undefined : parseJson(Buffer.from(payload, "base64url").toString());
  if (typeof claims !== "object" || claims === null) {
    throw new UsageError("ACTIONS_RUNTIME_TOKEN is not a GitHub Actions token", { hint: where });
  }
  return new Map(Object.entries(claims));
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
