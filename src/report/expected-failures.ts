import type { ExpectedFailure, Plan, PlannedLeg } from "../plan/plan.ts";
import type { Place } from "./annotation.ts";
import { few } from "./few.ts";

/** What will make one of these legs fail, if it is built. */
export function failuresOf(
  { expectedFailures = [] }: Pick<Plan, "expectedFailures">,
  legs: readonly PlannedLeg[],
): readonly ExpectedFailure[] {
  const built = new Set(legs.filter(({ action }) => action === "build").map(({ id }) => id));
  return expectedFailures.flatMap((failure) => {
    const own = failure.legs.filter((leg) => built.has(leg));
    return own.length === 0 ? [] : [{ ...failure, legs: own }];
  });
}

/** `api: services/api/Dockerfile:3: COPY go.mod will fail: … (did you mean "context: ."?)`. */
export function renderExpectedFailure(failure: ExpectedFailure): string {
  const { file, line, legs, message } = failure;
  const variants = [...new Set(legs.map((leg) => leg.slice(0, leg.indexOf("/"))))];
  const hint = failure.hint === null ? "" : ` (${failure.hint})`;
  return `${few(variants)}: ${file}:${line}: ${message}${hint}`;
}

/**
 * The text and place of an annotation of GitHub Actions. `file`: the Dockerfile's absolute path;
 * undefined for an inline one.
 */
export function annotateExpectedFailure(
  failure: ExpectedFailure,
  file: string | undefined,
): { readonly text: string; readonly place: Place } {
  const place = file === undefined ? {} : { file, line: failure.line };
  return { text: renderExpectedFailure(failure), place };
}
