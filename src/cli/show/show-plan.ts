import type { Plan } from "../../plan/plan.ts";
import type { WholeContext } from "../../plan/whole-context.ts";
import { renderPlan } from "../../report/plan-report.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { show } from "./show-result.ts";

/** Prints a plan: as JSON, or as a table. */
export function showPlan(
  plan: Plan,
  {
    json,
    explain = false,
  }: Pick<GlobalOptions, "json"> & { readonly explain?: boolean | undefined },
  io: Io,
  wholeContexts?: readonly WholeContext[],
): void {
  const more = wholeContexts === undefined ? {} : { wholeContexts };
  show(io, { json }, { ...plan, ...more }, (_, page) =>
    renderPlan(plan, { explain, wholeContexts: wholeContexts ?? [], page }),
  );
}
