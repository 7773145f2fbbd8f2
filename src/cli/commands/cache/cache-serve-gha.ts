import { spawn } from "node:child_process";
import { join, resolve as resolvePath } from "node:path";
import { UsageError } from "../../../errors.ts";
import { harmlessLine, harmlessJson } from "../../../harmless.ts";
import { startGithubCache } from "../../../server/github-cache/start.ts";
import { aborted } from "../../run/aborted.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import { cacheFolder } from "../../run/session.ts";

export interface CacheServeGhaOptions extends GlobalOptions {
  readonly listen: string;
  readonly root?: string;
  readonly ref: string;
  readonly readOnly?: boolean;
  readonly baseRef: readonly string[];
  readonly log?: boolean;
}

/**
 * Serves what `type=gha` needs, until Ctrl-C, or while a command runs that is given the job's
 * environment; its exit code is then ours.
 */
export async function runCacheServeGha(
  command: readonly string[],
  options: CacheServeGhaOptions,
  io: Io,
): Promise<number> {
  const root = resolvePath(io.cwd, options.root ?? join(cacheFolder(io.env), "gha"));
  for (const ref of [options.ref, ...options.baseRef]) requireRef(ref);
  await using service = await startGithubCache({
    root,
    listen: options.listen,
    ...(options.log === true ? { onRequest: (line) => io.err(`${harmlessLine(line)}\n`) } : {}),
  });
  const bases = options.baseRef.filter((ref) => ref !== options.ref);
  const token = service.token([
    { ref: options.ref, writes: options.readOnly !== true },
    ...bases.map((ref) => ({ ref, writes: false })),
  ]);
  const variables = {
    ACTIONS_CACHE_SERVICE_V2: "true",
    ACTIONS_RESULTS_URL: service.url,
    ACTIONS_RUNTIME_TOKEN: token,
  };
  if (command.length > 0) return await runWith(command, variables, io);
  if (options.json) io.out(`${harmlessJson({ root, env: variables })}\n`);
  else {
    for (const [name, value] of Object.entries(variables)) io.out(`export ${name}='${value}'\n`);
    const scope = "--cache-to type=gha,scope=app,mode=max --cache-from type=gha,scope=app";
    if (!options.quiet) {
      io.err(`serving ${root} at ${service.url}; with these variables, try\n`);
      io.err(`  docker buildx build ${scope} .\n`);
    }
  }
  await aborted(io.signal);
  if (!options.quiet && !options.json) io.err("stopped; the data stays\n");
  return 0;
}

function runWith(
  [file = "", ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
  { env, cwd, signal }: Io,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: { ...env, ...variables }, stdio: "inherit" });
    const stop = (): void => void child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (cause) => {
      const hint = "name a program that is on the PATH behind `--`";
      reject(new UsageError(`${file} cannot be run: ${cause.message}`, { cause, hint }));
    });
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(code ?? 1);
    });
  });
}

function requireRef(ref: string): void {
  if (/^refs\/(?:heads|tags|pull)\/[^\s'"\\]+$/.test(ref)) return;
  throw new UsageError(`"${ref}" is no ref whose caches there could be`, {
    hint: "write it whole, such as refs/heads/main or refs/pull/7/merge",
  });
}
