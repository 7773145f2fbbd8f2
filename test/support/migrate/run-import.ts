import { runProgram } from "../../../src/cli/program/create-program.ts";
import { UsageError } from "../../../src/errors.ts";
import { testIo } from "../io.ts";
import type { Project } from "../project.ts";

/**
 * Runs `layerkeep import` in a project, in this process: its exit code, and what it printed or the
 * message and the hint of a usage error.
 */
export function runImport(
  project: Project,
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return runIn(project, "import", ...flags);
}

/** The same for any command. */
export async function runIn(
  { dir }: Project,
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { io, out, err } = testIo({ cwd: dir, env: { PATH: process.env["PATH"] } });
  try {
    return { code: await runProgram(argv, io), out: out(), err: err() };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { code: 2, out: `${error.message}\n${error.hint ?? ""}`, err: err() };
  }
}
