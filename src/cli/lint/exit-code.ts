import type { LintOutcome } from "../../report/lint/outcome.ts";

/**
 * 2 if a file, or a part of one, could not be read; 1 if anything was found, and with `strict` also
 * if something could not be checked; else 0.
 */
export function lintExitCode({ inputs }: LintOutcome, strict: boolean): number {
  const all = inputs.map(({ linted }) => linted);
  if (all.some(({ problems }) => problems.length > 0)) return 2;
  if (all.some(({ findings }) => findings.length > 0)) return 1;
  return strict && all.some(({ uncertain }) => uncertain.length > 0) ? 1 : 0;
}
