import { FormatError } from "../../errors.ts";
import type { Step } from "../../buildkit/progress/progress.ts";
import type { DockerfileWarning } from "../build/dockerfile-warning.ts";
import type { ReadBack } from "../build/read-back.ts";
import type { InputSummary } from "../../inputs/input-digest.ts";
import type { CacheRef, PlannedLeg } from "../../plan/plan.ts";

export const recordMediaType = "application/vnd.layerkeep.record.v1+json";
export const logArtifactType = "application/vnd.layerkeep.log.v1+json";

/** One build of a leg, as its log keeps it. Holds no secret and nothing that the build printed. */
export interface BuildRecord {
  readonly schema: "layerkeep.record.v1";
  readonly leg: string;
  readonly result: "built" | "failed";
  /** RFC 3339. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly input: InputSummary;
  /** What the build was told to leave aside; left out in old records. */
  readonly bypass?: PlannedLeg["bypass"];
  readonly commit: string;
  readonly ref: string;
  readonly run: string | null;
  readonly steps: readonly Step[];
  readonly failure: { readonly step: string; readonly error: string } | null;
  /** The digest of what was pushed; null where nothing was. */
  readonly digest: string | null;
  readonly cache: CacheOutcome;
  /** What the engine warned of, 50 at most; left out if it warned of nothing. */
  readonly dockerfileWarnings?: readonly DockerfileWarning[];
}

export interface CacheOutcome {
  readonly from: readonly CacheRef[];
  /** One sentence for each cache that could not be read, though it should be there. */
  readonly unread: readonly string[];
  /** What the engine said of caches that were not there; left out in old records. */
  readonly absent?: readonly string[];
  readonly to: readonly CacheRef[];
  /**
   * `unchecked`: the engine reported no failure, and a cache of that type cannot be read back;
   * `not-asked`: this context writes no cache.
   */
  readonly written: "yes" | "unchecked" | "failed" | "not-asked";
  /** Why it failed, or what is wrong with what was written. */
  readonly trouble: string | null;
  /** What the caches that were written were found to hold; left out in old records. */
  readonly readBack?: readonly ReadBack[];
  /** One sentence for each cache that was not read back, and why; left out if all were. */
  readonly unchecked?: readonly string[];
}

/** A record from its bytes. Throws a format error for what is none; keys that we do not know are left out. */
export function parseBuildRecord(bytes: Uint8Array): BuildRecord {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new FormatError("a build record is not JSON", { cause });
  }
  if (!isRecord(value)) throw new FormatError("not a build record of a version that we know");
  return value;
}

/** Checks what readers of a record lean on. */
function isRecord(value: unknown): value is BuildRecord {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const input = fields.get("input");
  return (
    fields.get("schema") === "layerkeep.record.v1" &&
    typeof fields.get("leg") === "string" &&
    typeof fields.get("startedAt") === "string" &&
    Array.isArray(fields.get("steps")) &&
    typeof input === "object" &&
    input !== null &&
    "parts" in input &&
    typeof input.parts === "object" &&
    input.parts !== null
  );
}
