import { harmless } from "../harmless.ts";
import type { Plan } from "../plan/plan.ts";
import { renderPlan } from "../report/plan-report.ts";
import type { GlobalOptions, Io } from "./io.ts";

/** Prints a plan: as JSON, or as a table, in which what registries said is made harmless. */
export function showPlan(
  plan: Plan,
  { json, explain = false }: Pick<GlobalOptions, "json"> & { readonly explain?: boolean },
  io: Io,
): void {
  io.out(`${json ? JSON.stringify(plan, null, 2) : harmless(renderPlan(plan, { explain }))}\n`);
}
