import { UsageError } from "../../errors.ts";
import { harmlessLine } from "../../harmless.ts";

/** What a job's ACTIONS_RUNTIME_TOKEN lets it do with GitHub's caches. */
export interface RuntimeToken {
  /** As it is sent. */
  readonly raw: string;
  /** Refs whose caches it may use, in the order that the service looks them up. */
  readonly scopes: readonly TokenScope[];
}

export interface TokenScope {
  /** `refs/heads/main` */
  readonly ref: string;
  readonly writes: boolean;
}

const where = "a step of a workflow has it; actions/github-script can pass it on to `run:`";
const mayWrite = 2;

/**
 * Reads a token, whose signature only the service can check (tonistiigi/go-actions-cache,
 * cache.go). `now`: milliseconds since 1970. Throws a usage error for what is no such token, and
 * for one that has expired.
 */
export function parseRuntimeToken(raw: string, now: number = Date.now()): RuntimeToken {
  const claims = claimsOf(raw);
  const expires = claims.get("exp");
  if (typeof expires === "number" && expires * 1000 <= now) {
    throw new UsageError("ACTIONS_RUNTIME_TOKEN has expired", {
      hint: "a token lives as long as its job",
    });
  }
  const access = claims.get("ac");
  const list = typeof access === "string" ? parseJson(access) : undefined;
  if (!Array.isArray(list)) {
    throw new UsageError("ACTIONS_RUNTIME_TOKEN says nothing of caches", { hint: where });
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
    throw new UsageError("ACTIONS_RUNTIME_TOKEN is no token of GitHub Actions", { hint: where });
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
