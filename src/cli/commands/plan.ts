import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "../io.ts";
import type { Probes } from "../probes.ts";
import { openSession } from "../session.ts";
import { showPlan } from "../show-plan.ts";
import { makeRunPlan, type PlanningOptions } from "../run-plan.ts";

export interface PlanCommandOptions extends PlanningOptions {
  readonly explain?: boolean;
  readonly output?: string;
}

export async function runPlan(
  options: PlanCommandOptions,
  probes: Probes,
  io: Io,
): Promise<number> {
  await using session = await openSession(probes, options, io);
  const plan = await makeRunPlan(session, options, io);
  if (options.output !== undefined) {
    await writeFile(resolve(io.cwd, options.output), `${JSON.stringify(plan, null, 2)}\n`);
  }
  if (options.json || !options.quiet) showPlan(plan, options, io);
  return 0;
}
