import { BuildFailure } from "../../buildkit/progress/build-errors.ts";
import { exitCodeOf } from "../../errors.ts";
import { ParentFailedError } from "../../pipeline/build/parent-failed.ts";
import { ChangedInputsError } from "../../plan/recheck.ts";

/**
 * What a run of several legs or images exits with, by the errors of those that failed: 0 where
 * none did; 70 where one is our bug; 3 where all that failed is an engine, a registry or a
 * network that did not serve; else 1.
 */
export function runExitCode(errors: readonly Error[]): number {
  if (errors.length === 0) return 0;
  // Why a parent failed is among the errors.
  const own = errors.filter((error) => !(error instanceof ParentFailedError));
  if (own.length === 0) return 1;
  const codes = own.map((error) => (isResult(error) ? 1 : exitCodeOf(error)));
  if (codes.includes(70)) return 70;
  return codes.every((code) => code === 3) ? 3 : 1;
}

/** Whether the error is what the run was to find out. */
function isResult(error: Error): boolean {
  return error instanceof BuildFailure || error instanceof ChangedInputsError;
}
