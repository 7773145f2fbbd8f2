import { join } from "node:path";
import { dockerfilePath } from "../../config/variants/dockerfile-path.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import {
  annotateExpectedFailure,
  failuresOf,
  renderExpectedFailure,
} from "../../report/expected-failures.ts";
import { annotate, type Annotated } from "../annotate.ts";
import { type Io, warn } from "../io.ts";

/** Prints what will make builds of these legs fail; on GitHub, also beside the lines. */
export function warnOfFailures(
  plan: Plan,
  legs: readonly PlannedLeg[],
  root: string,
  io: Pick<Io, "err" | "warn"> & Annotated,
): void {
  for (const failure of failuresOf(plan, legs)) {
    warn(io, renderExpectedFailure(failure));
  }
  annotateFailures(plan, legs, root, io);
}

/** On GitHub, shows what will make builds fail, beside the lines. `root` is the config's folder. */
export function annotateFailures(
  plan: Plan,
  legs: readonly PlannedLeg[],
  root: string,
  io: Annotated,
): void {
  const inline = new Set(
    plan.legs.flatMap(({ build }) => (dockerfilePath(build) === undefined ? build.dockerfile : [])),
  );
  for (const failure of failuresOf(plan, legs)) {
    const file = inline.has(failure.file) ? undefined : join(root, failure.file);
    const { text, place } = annotateExpectedFailure(failure, file);
    annotate("warning", text, io, place);
  }
}
