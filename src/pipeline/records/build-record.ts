import { FormatError } from "../../errors.ts";
import type { Step } from "../../buildkit/progress/progress.ts";
import type { DockerfileWarning } from "../build/dockerfile-warning.ts";
import type { MountOutcome } from "../mounts/mount-outcome.ts";
import type { ReadBack } from "../build/read-back.ts";
import type { InputSummary } from "../../inputs/input-digest.ts";
import type { CacheRef, PlannedLeg } from "../../plan/plan.ts";

export const recordMediaType = "application/vnd.layerkeep.record.v1+json";
export const logArtifactType = "application/vnd.layerkeep.log.v1+json";

/** One build of a leg, as stored in its log. Contains no secret and nothing that its steps printed. */
export interface BuildRecord {
  readonly schema: "layerkeep.record.v1";
  readonly leg: string;
  readonly result: "built" | "failed";
  /** RFC 3339. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly input: InputSummary;
  /** Which caches or staged legs the build was asked to ignore; absent in old records. */
  readonly bypass?: PlannedLeg["bypass"];
  readonly commit: string;
  readonly ref: string;
  readonly run: string | null;
  readonly steps: readonly Step[];
  readonly failure: { readonly step: string; readonly error: string } | null;
  /** The digest that was pushed; null if nothing was. */
  readonly digest: string | null;
  readonly cache: CacheOutcome;
  /** What became of the cache mounts that are kept; absent if there are none. */
  readonly mounts?: readonly MountOutcome[];
  /**
   * What became of what its steps printed: `kept` beside the record, unless there was `none`, or the
   * config turns it `off`. Absent in old records.
   */
  readonly stepLogs?: "kept" | "none" | "off";
  /** The engine's warnings, at most 50; absent if there are none. */
  readonly dockerfileWarnings?: readonly DockerfileWarning[];
}

export interface CacheOutcome {
  readonly from: readonly CacheRef[];
  /** One sentence for each cache that could not be read although it should exist. */
  readonly unread: readonly string[];
  /** The engine's messages about missing caches; absent in old records. */
  readonly absent?: readonly string[];
  readonly to: readonly CacheRef[];
  /**
   * `unchecked`: the engine reported no failure, and a cache of that type cannot be read back;
   * `not-asked`: this context writes no cache, or there was nothing to export.
   */
  readonly written: "yes" | "unchecked" | "failed" | "not-asked";
  /** Why writing failed, or what is wrong with the result. */
  readonly trouble: string | null;
  /** What reading back the written caches found; absent in old records. */
  readonly readBack?: readonly ReadBack[];
  /** One sentence for each cache that was not read back, with the reason; absent if all were. */
  readonly unchecked?: readonly string[];
}

/** Parses a record. Throws a format error if it is not one; unknown keys are dropped. */
export function parseBuildRecord(bytes: Uint8Array): BuildRecord {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new FormatError("a build record is not JSON", { cause });
  }
  if (!isRecord(value))
    throw new FormatError("this is not a build record, or its version is unknown");
  return value;
}

/** Checks the fields that readers of a record rely on. */
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
