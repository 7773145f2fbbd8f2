import { chooseLegs } from "../../../pipeline/build/build-legs.ts";
import { renderLoaded } from "../../../report/load-report.ts";
import type { Io, QuietOptions } from "../../io.ts";
import { show } from "../../show/show-result.ts";
import { type PlanningOptions, readOrMakePlan } from "../plan/run-plan.ts";
import type { Probes } from "../probes.ts";
import { openSession } from "../session.ts";
import { loadImages } from "./load-images.ts";
import { printRunLine } from "./run-line.ts";

/** Loads staged legs into Docker; those of all variants if none is named. Throws why one was not. */
export async function loadStaged(
  names: readonly string[],
  probes: Probes,
  options: PlanningOptions & QuietOptions,
  io: Io,
): Promise<void> {
  const need = { command: "load", access: "read" } as const;
  await using session = await openSession(probes, options, io, need);
  const plan = await readOrMakePlan(session, options, io);
  const { images, error } = await loadImages(plan, chooseLegs(plan, names), names, session, io);
  if (error === undefined || images.length > 0) {
    show(io, options, { images }, () => renderLoaded(images));
  }
  if (error !== undefined) throw error;
  if (!options.json) printRunLine(images[0]?.names[0], options, io);
}
