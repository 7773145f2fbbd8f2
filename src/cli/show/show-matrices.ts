import { harmlessJson } from "../../harmless.ts";
import { readDurations } from "../../pipeline/records/leg-durations.ts";
import type { Plan } from "../../plan/plan.ts";
import { mostCharacters } from "../../plan/matrix/shard-bins.ts";
import { withRunners } from "../../plan/matrix/runners.ts";
import { planShards, type ShardOptions } from "../../plan/matrix/shards.ts";
import { groupWarnings } from "../../report/plan/group-warnings.ts";
import { type Io, warn } from "../io.ts";
import type { Session } from "../run/session.ts";

/** How many matrices, jobs and levels there are. */
export interface MatrixOptions extends Omit<ShardOptions, "durations"> {
  /** Of legs that the config names no runner for, by platform; see `withRunners`. */
  readonly runners?: Readonly<Record<string, string>> | undefined;
}

/** Prints matrices for the legs to build, one per line, as GitHub's `fromJSON` reads them. */
export async function showMatrices(
  plan: Plan,
  { client }: Pick<Session, "client">,
  { runners = {}, ...wanted }: MatrixOptions,
  io: Io,
): Promise<void> {
  const building = plan.legs.filter(({ action }) => action === "build");
  const durations = await readDurations(client, building, io.signal);
  const lines = planShards(withRunners(plan, runners), { durations, ...wanted }).map((one) =>
    harmlessJson(one),
  );
  for (const warning of groupWarnings(plan.warnings, plan)) warn(io, warning);
  if (lines.join("").length > mostCharacters) {
    warn(
      io,
      "these matrices are larger than 1 MB, the GitHub limit for the output of one job; split them across multiple jobs",
    );
  }
  io.out(lines.map((line) => `${line}\n`).join(""));
}
