import { BuildFailure } from "../buildkit/build-errors.ts";
import { exitCodeOf } from "../errors.ts";

/**
 * What a run of several legs or images exits with, by the errors of those that failed: 0 where
 * none did; 70 where one is our bug; 3 where all that failed is an engine, a registry or a
 * network that did not serve; else 1.
 */
export function runExitCode(errors: readonly Error[]): number {
  if (errors.length === 0) return 0;
  const codes = errors.map((error) => (error instanceof BuildFailure ? 1 : exitCodeOf(error)));
  if (codes.includes(70)) return 70;
  return codes.every((code) => code === 3) ? 3 : 1;
}
