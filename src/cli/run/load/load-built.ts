import { UsageError } from "../../../errors.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import type { Plan, PlannedLeg } from "../../../plan/plan.ts";
import { renderLoaded } from "../../../report/load-report.ts";
import { annotate } from "../../annotate.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import type { Session } from "../session.ts";
import { type Loading, loadImages } from "./load-images.ts";

/** Throws a usage error if this run stages nothing, so that there is nothing to load. */
export function refuseToLoad({ trust }: Session): void {
  if (trust.writesLegs) return;
  throw new UsageError(`--load needs staged images, but this run stages none: ${trust.reason}`, {
    hint: "add --local to stage them in the embedded registry",
  });
}

/** The legs that this run built or reused, so that they are staged. */
export function stagedLegs(plan: Plan, results: readonly LegResult[]): readonly PlannedLeg[] {
  const staged = new Set(
    results
      .filter(({ outcome }) => outcome === "built" || outcome === "reused")
      .map(({ leg }) => leg),
  );
  return plan.legs.filter(({ id }) => staged.has(id));
}

/** Loads legs of this run, and prints them. Why one was not is printed too: the run has more results. */
export async function loadBuilt(
  plan: Plan,
  legs: readonly PlannedLeg[],
  session: Session,
  { json }: Pick<GlobalOptions, "json">,
  io: Io,
): Promise<Loading> {
  const loading = await loadImages(plan, legs, [], session, io);
  const { images, error } = loading;
  if (!json && (error === undefined || images.length > 0)) io.out(`${renderLoaded(images)}\n`);
  if (error !== undefined) {
    const failure = `loading into Docker failed: ${error.message}`;
    io.err(`${failure}\n${error.hint === undefined ? "" : `hint: ${error.hint}\n`}`);
    annotate("error", failure, io);
  }
  return loading;
}
