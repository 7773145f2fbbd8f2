import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../../src/cli/program/create-program.ts";
import { UsageError } from "../../../src/errors.ts";
import { testIo } from "../io.ts";
import type { Project } from "../project.ts";

/**
 * Runs `layerkeep ci` in a project, in this process: its exit code, what it printed, or the message
 * and the hint of a usage error, and its warnings.
 */
export async function runCi(
  { dir }: Project,
  flags: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { io, out, err } = testIo({ cwd: dir, env: { PATH: process.env["PATH"], ...env } });
  try {
    return { code: await runProgram(["ci", ...flags], io), out: out(), err: err() };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { code: 2, out: `${error.message}\n${error.hint ?? ""}`, err: err() };
  }
}

export function readIn({ dir }: Project, path: string): string {
  return readFileSync(join(dir, path), "utf8");
}
