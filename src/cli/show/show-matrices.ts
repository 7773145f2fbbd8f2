import { harmlessJson } from "../../harmless.ts";
import { UsageError } from "../../errors.ts";
import { readDurations } from "../../pipeline/records/leg-durations.ts";
import type { Plan } from "../../plan/plan.ts";
import { mostCharacters } from "../../plan/matrix/shard-bins.ts";
import { planShards } from "../../plan/matrix/shards.ts";
import { type Io, warn } from "../io.ts";
import type { Session } from "../run/session.ts";

/** The flags that say how matrices are made. */
export interface MatrixOptions {
  readonly matrix?: boolean;
  readonly shards?: number;
  readonly maxJobs?: number;
}

/** Throws a usage error for flags that say something of matrices where none are asked for. */
export function checkMatrixOptions({ matrix, shards, maxJobs }: MatrixOptions): void {
  if (matrix === true || (shards === undefined && maxJobs === undefined)) return;
  throw new UsageError(`--${shards === undefined ? "max-jobs" : "shards"} is for --matrix`);
}

/** Prints a matrix a line, as GitHub's `fromJSON` takes it, for the legs that the plan builds. */
export async function showMatrices(
  plan: Plan,
  { client }: Pick<Session, "client">,
  { shards, maxJobs }: MatrixOptions,
  io: Io,
): Promise<void> {
  const durations = await readDurations(client, plan.legs, io.signal);
  const lines = planShards(plan, { durations, shards, maxJobs }).map((one) => harmlessJson(one));
  for (const warning of plan.warnings) warn(io, warning);
  if (lines.join("").length > mostCharacters) {
    warn(io, "GitHub takes 1 MB from one job, and these matrices are larger: give them to several");
  }
  io.out(lines.map((line) => `${line}\n`).join(""));
}
