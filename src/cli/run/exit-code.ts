import { BuildFailure } from "../../buildkit/progress/build-errors.ts";
import { exitCodeOf } from "../../errors.ts";
import { ParentFailedError } from "../../pipeline/build/parents/parent-failed.ts";
import { ChangedInputsError } from "../../plan/recheck.ts";

/**
 * The exit code of a run of several legs or images, by the errors of those that failed: 0 if none
 * did; 70 if one is our bug; 3 if every failure is an engine, a registry or a network that did not
 * work; else 1.
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

/** Whether the error is a result that the run was meant to find. */
function isResult(error: Error): boolean {
  return error instanceof BuildFailure || error instanceof ChangedInputsError;
}
