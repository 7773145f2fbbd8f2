import { UsageError } from "../../../errors.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import type { Plan, PlannedLeg } from "../../../plan/plan.ts";
import { renderLoaded } from "../../../report/load-report.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import type { Session } from "../session.ts";
import { type LoadedImage, loadImages } from "./load-images.ts";

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

/** Loads legs of this run, and prints them. */
export async function loadBuilt(
  plan: Plan,
  legs: readonly PlannedLeg[],
  session: Session,
  { json }: Pick<GlobalOptions, "json">,
  io: Io,
): Promise<readonly LoadedImage[]> {
  const loaded = await loadImages(plan, legs, [], session, io);
  if (!json) io.out(`${renderLoaded(loaded)}\n`);
  return loaded;
}
