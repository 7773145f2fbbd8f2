import { basename } from "node:path";
import { execOk } from "../exec.ts";
import type { Buildx } from "./buildx.ts";

interface BakeRequest {
  /** The bake file, absolute. */
  readonly file: string;
  /** Where bake runs, absolute. */
  readonly folder: string;
  readonly targets: readonly string[];
  /** Values of the file's variables. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Bytes that it may print, and milliseconds that it may take. */
const mostOutput = 16 << 20;
const longestRun = 30_000;
/** What buildx itself needs. A bake file can read every variable that it is given. */
const passedOn = ["PATH", "HOME", "TMPDIR", "DOCKER_CONFIG", "SSH_AUTH_SOCK", "SystemRoot"];

/**
 * What `docker buildx bake --print` says of a bake file: JSON with its groups and targets. Nothing
 * is built. Of the environment the file sees no more than a path or two, so that no secret can
 * get into an argument. Throws a command error where bake refuses the file.
 */
export function printBake(
  { path, env, exec }: Buildx,
  { file, folder, targets, vars }: BakeRequest,
  signal?: AbortSignal,
): Promise<string> {
  const seen: NodeJS.ProcessEnv = { ...vars };
  for (const name of passedOn) if (env[name] !== undefined) seen[name] = env[name];
  return execOk(exec, [path, "bake", "--print", `--file=${file}`, ...targets], {
    cwd: folder,
    env: seen,
    signal,
    purpose: `reading of ${basename(file)}`,
    maxOutput: mostOutput,
    timeout: longestRun,
  });
}
