import { harmless, harmlessJson } from "../../harmless.ts";
import type { Plan } from "../../plan/plan.ts";
import type { WholeContext } from "../../plan/whole-context.ts";
import { renderPlan } from "../../report/plan-report.ts";
import type { GlobalOptions, Io } from "../io.ts";

/** Prints a plan: as JSON, or as a table, in which what registries said is made harmless. */
export function showPlan(
  plan: Plan,
  { json, explain = false }: Pick<GlobalOptions, "json"> & { readonly explain?: boolean },
  io: Io,
  wholeContexts?: readonly WholeContext[],
): void {
  if (json) {
    const more = wholeContexts === undefined ? {} : { wholeContexts };
    io.out(`${harmlessJson({ ...plan, ...more }, 2)}\n`);
    return;
  }
  io.out(`${harmless(renderPlan(plan, { explain, wholeContexts: wholeContexts ?? [] }))}\n`);
}
