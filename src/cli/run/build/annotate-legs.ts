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
import { annotate, fromWorkspace } from "../../annotate.ts";
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
  if (io.env["GITHUB_ACTIONS"] !== "true") return;
  const inline = new Set(
    legs.flatMap(({ build }) => (dockerfilePath(build) === undefined ? [build.dockerfile] : [])),
  );
  const placeOf = (file: string): string => {
    const hasWorkspace = (io.env["GITHUB_WORKSPACE"] ?? "") !== "";
    return hasWorkspace ? fromWorkspace(join(root, file), io.env) : file;
  };
  for (const warning of warningsOfLegs(results)) {
    const file = inline.has(warning.file) ? undefined : placeOf(warning.file);
    io.draw(`${annotateDockerfileWarning(warning, file)}\n`);
  }
  for (const result of results) {
    if (result.outcome !== "failed" || result.error instanceof ParentFailedError) continue;
    annotate("error", renderFailure(result), io);
  }
}
