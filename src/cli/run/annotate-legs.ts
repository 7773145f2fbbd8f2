import { join, relative } from "node:path";
import type { LegResult } from "../../pipeline/build/build-leg.ts";
import { ParentFailedError } from "../../pipeline/build/parents/parent-failed.ts";
import { renderFailure } from "../../report/build/build-report.ts";
import {
  annotateDockerfileWarning,
  warningsOfLegs,
} from "../../report/build/dockerfile-warnings.ts";
import { annotate } from "../annotate.ts";
import type { Io } from "../io.ts";

/**
 * On GitHub, shows the engine's warnings beside the lines of the Dockerfile, and why legs failed.
 * A leg whose parent failed has nothing to add.
 */
export function annotateLegs(results: readonly LegResult[], root: string, io: Io): void {
  if (io.env["GITHUB_ACTIONS"] !== "true") return;
  const workspace = io.env["GITHUB_WORKSPACE"] ?? "";
  for (const warning of warningsOfLegs(results)) {
    const file = relative(workspace === "" ? root : workspace, join(root, warning.file));
    io.draw(`${annotateDockerfileWarning(warning, file)}\n`);
  }
  for (const result of results) {
    if (result.outcome !== "failed" || result.error instanceof ParentFailedError) continue;
    annotate("error", renderFailure(result), io);
  }
}
