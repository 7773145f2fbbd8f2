import { join } from "node:path";
import { dockerfilePath } from "../../../config/variants/dockerfile-path.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import { ParentFailedError } from "../../../pipeline/build/parents/parent-failed.ts";
import type { Plan } from "../../../plan/plan.ts";
import { renderFailure } from "../../../report/build/build-report.ts";
import {
  annotateDockerfileWarning,
  warningsOfLegs,
} from "../../../report/build/dockerfile-warnings.ts";
import { annotate } from "../../annotate.ts";
import type { Io } from "../../io.ts";

/**
 * On GitHub, shows the engine's warnings beside the lines of the Dockerfile, and why legs failed.
 * A leg whose parent failed has nothing to add.
 */
export function annotateLegs(
  results: readonly LegResult[],
  { legs }: Pick<Plan, "legs">,
  root: string,
  io: Io,
): void {
  const inline = new Set(
    legs.flatMap(({ build }) => (dockerfilePath(build) === undefined ? [build.dockerfile] : [])),
  );
  for (const warning of warningsOfLegs(results)) {
    const file = inline.has(warning.file) ? undefined : join(root, warning.file);
    const { text, place } = annotateDockerfileWarning(warning, file);
    annotate("warning", text, io, place);
  }
  for (const result of results) {
    if (result.outcome !== "failed" || result.error instanceof ParentFailedError) continue;
    annotate("error", renderFailure(result), io);
  }
}
