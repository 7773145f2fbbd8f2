import { join, resolve as resolvePath } from "node:path";
import { UsageError } from "../../../errors.ts";
import { harmlessLine, harmlessJson } from "../../../harmless.ts";
import { type RunningGithubCache, startGithubCache } from "../../../server/github-cache/start.ts";
import { cacheFolder, makeCacheFolder } from "../../folders.ts";
import type { GlobalOptions, Io, QuietOptions } from "../../io.ts";
import { runWith } from "../../process/run-with.ts";
import { aborted } from "../../run/aborted.ts";

export interface ServedCache {
  readonly listen: string;
  /** Undefined: the default folder. */
  readonly root: string | undefined;
  /** The refs that the job may use. */
  readonly scopes: Parameters<RunningGithubCache["token"]>[0];
  /** Prints each request to stderr. */
  readonly log: boolean;
}

/**
 * Serves what `type=gha` needs, until Ctrl-C or while a command runs with the job's environment,
 * whose exit code it then gives.
 */
export async function serveGithubCache(
  command: readonly string[],
  { listen, root: named, scopes, log }: ServedCache,
  options: GlobalOptions & QuietOptions,
  io: Io,
): Promise<number> {
  const root = resolvePath(io.cwd, named ?? join(cacheFolder(io.env), "gha"));
  for (const { ref } of scopes) requireRef(ref);
  if (named === undefined) await makeCacheFolder(io.env);
  await using service = await startGithubCache({
    root,
    listen,
    ...(log ? { onRequest: (line) => io.err(`${harmlessLine(line)}\n`) } : {}),
  });
  const token = service.token(scopes);
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
      io.err(`serving ${root} at ${service.url}. Set these variables, then try:\n`);
      io.err(`  docker buildx build ${scope} .\n`);
    }
  }
  await aborted(io.signal);
  if (!options.quiet && !options.json) io.err("stopped; the data is kept\n");
  return 0;
}

function requireRef(ref: string): void {
  if (/^refs\/(?:heads|tags|pull)\/[^\s'"\\]+$/.test(ref)) return;
  throw new UsageError(`"${ref}" is not a full Git ref`, {
    hint: "use a full ref, such as refs/heads/main or refs/pull/7/merge",
  });
}
