import { basename } from "node:path";
import { CommandError, UsageError } from "../errors.ts";
import { execOk } from "../exec.ts";
import type { Buildx } from "./builder/buildx.ts";

interface BakeRequest {
  /** The bake file, absolute. */
  readonly file: string;
  /** Another file, absolute, that is merged with it. */
  readonly more?: string | undefined;
  /** Where bake runs, absolute. */
  readonly folder: string;
  readonly targets: readonly string[];
  /** Values of the file's variables. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Limits on its output, in bytes, and on its run time, in milliseconds. */
const mostOutput = 16 << 20;
const longestRun = 30_000;
/** What buildx itself needs. A bake file can read every variable that buildx gets. */
const passedOn = ["PATH", "HOME", "TMPDIR", "DOCKER_CONFIG", "SSH_AUTH_SOCK", "SystemRoot"];

/**
 * What `docker buildx bake --print` prints for a bake file: JSON with its groups and targets.
 * Nothing is built. The file sees only a path or two of the environment, so no secret can become
 * part of an argument. Throws a usage error if bake rejects the file, and a command error if bake
 * cannot be run.
 */
export async function printBake(
  { path, env, exec }: Buildx,
  { file, more, folder, targets, vars }: BakeRequest,
  signal?: AbortSignal,
): Promise<string> {
  const seen: NodeJS.ProcessEnv = { ...vars };
  for (const name of passedOn) if (env[name] !== undefined) seen[name] = env[name];
  try {
    const files = [file, ...(more === undefined ? [] : [more])].map((one) => `--file=${one}`);
    return await execOk(exec, [path, "bake", "--print", ...files, ...targets], {
      cwd: folder,
      env: seen,
      signal,
      purpose: `reading ${basename(file)}`,
      maxOutput: mostOutput,
      timeout: longestRun,
    });
  } catch (cause) {
    if (!(cause instanceof CommandError) || cause.exitCode === undefined) throw cause;
    throw new UsageError(refusal(cause.stderrTail), { cause, hint: hintOn(cause.stderrTail) });
  }
}

/** bake's own error message, which follows an excerpt of the file. */
function refusal(stderr: string): string {
  const said = stderr.split("\n").findLast((line) => line.startsWith("ERROR: "));
  return `bake rejected the file: ${said?.slice("ERROR: ".length) ?? stderr}`;
}

/** bake opens secrets and agents even to print (buildx, `TargetsToBuildOpt`). */
function hintOn(stderr: string): string | undefined {
  if (/ssh agent|agent config/.test(stderr)) {
    return "bake needs an ssh agent even with --print: start one, for example with `eval $(ssh-agent)`";
  }
  if (/failed to stat/.test(stderr)) {
    return "bake needs the secret file even with --print: create it (for a plan, it can be empty)";
  }
  return undefined;
}
