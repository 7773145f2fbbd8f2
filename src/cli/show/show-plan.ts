import type { TagForecast } from "../../pipeline/publish/forecast.ts";
import type { Plan } from "../../plan/plan.ts";
import { hasPreviews, withPreviewTargets } from "../../plan/caches/previews.ts";
import type { WholeContext } from "../../plan/whole-context.ts";
import { renderForecast } from "../../report/plan/forecast-report.ts";
import { renderPlan } from "../../report/plan/plan-report.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { show } from "./show-result.ts";

interface PlanOptions extends Pick<GlobalOptions, "json"> {
  readonly explain?: boolean | undefined;
  /** The run that it is the plan of, if it is only assumed. */
  readonly as?: string | undefined;
}

/** What is shown beside a plan. */
interface Beside {
  readonly wholeContexts?: readonly WholeContext[] | undefined;
  /** What the run would do with tags. */
  readonly tags?: readonly TagForecast[] | undefined;
}

/** Prints a plan: as JSON, or as a table. */
export function showPlan(
  plan: Plan,
  { json, explain = false, as: run }: PlanOptions,
  io: Io,
  { wholeContexts, tags }: Beside = {},
): void {
  const more = {
    ...(wholeContexts === undefined ? {} : { wholeContexts }),
    ...(tags === undefined ? {} : { tags }),
  };
  show(io, { json }, { ...plan, ...more }, (_, page) => {
    const shown = { plan: withPreviewTargets(plan), isPreview: hasPreviews(plan) };
    const view = {
      explain,
      run: run === undefined ? undefined : shown,
      wholeContexts: wholeContexts ?? [],
      page,
    };
    const text = renderPlan(plan, view);
    if (tags === undefined) return text;
    return `${text}\n\n${renderForecast(tags, "nothing was built or published (--dry-run)", page)}`;
  });
}
