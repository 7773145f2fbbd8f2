import { createInterface } from "node:readline";
import { CommandError } from "../errors.ts";
import { lastLines, startCommand } from "../exec.ts";
import type { Buildx } from "./builder/buildx.ts";
import { isStep } from "./progress/progress.ts";
import { parseSolveStatus } from "./progress/rawjson.ts";

/** A build whose cache is tried. */
export interface TriedBuild {
  readonly dockerfile: string;
  readonly context: string;
  /** In BuildKit's words, as for `--cache-from`. Undefined: the builder's own cache. */
  readonly cacheFrom?: string | undefined;
  readonly target?: string | undefined;
  readonly platform?: string | undefined;
  /** `NAME=value`. */
  readonly buildArgs?: readonly string[] | undefined;
  /** The current builder if no name is given. */
  readonly builder?: string | undefined;
  /** The folder that relative paths start from. */
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TriedStep {
  /** As BuildKit names it: `[build 3/5] RUN make`. */
  readonly name: string;
  /** `unknown`: it follows a step that would run. */
  readonly state: "cached" | "runs" | "unknown";
}

/**
 * Which steps of a build would be cached. The build is started, and stopped as soon as a step would
 * run. Returns the instructions except FROM, each after those it depends on. Throws a command error
 * if the build cannot be started.
 */
export async function tryCache(buildx: Buildx, build: TriedBuild): Promise<readonly TriedStep[]> {
  const argv = [buildx.path, ...argumentsOf(build)];
  const { cwd, signal } = build;
  const purpose = `trying the cache of ${build.dockerfile}`;
  const child = startCommand(argv, { cwd, env: buildx.env, purpose, signal });
  child.stdout.resume();
  const steps = new Map<string, TriedStep>();
  const inputs = new Map<string, readonly string[]>();
  const said: string[] = [];
  let stopped = false;
  for await (const line of createInterface({ input: child.stderr, crlfDelay: Infinity })) {
    const status = parseSolveStatus(line);
    if (status === undefined) said.push(line);
    for (const { digest, name, cached, started, inputs: from } of status?.vertexes ?? []) {
      if (from.length > 0 || !inputs.has(digest)) inputs.set(digest, from);
      if (!isStep(name) || steps.get(digest)?.state === "cached") continue;
      const runs = started !== undefined && !cached;
      steps.set(digest, { name, state: cached ? "cached" : runs ? "runs" : "unknown" });
      if (!runs || stopped) continue;
      stopped = true;
      child.stop("a step would run");
    }
  }
  const exitCode = await child.ended.catch((error: unknown) => {
    if (!stopped || signal?.aborted === true) throw error;
    return 0;
  });
  if (exitCode !== 0 && !stopped) {
    throw new CommandError({ argv, exitCode, purpose, stderrTail: lastLines(said.join("\n")) });
  }
  return inOrder(inputs).flatMap((digest) => steps.get(digest) ?? []);
}

/** Vertices, each after all that it depends on. BuildKit reports them in any order. */
function inOrder(inputs: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const order = new Set<string>();
  const seen = new Set<string>();
  const visit = (digest: string): void => {
    if (seen.has(digest)) return;
    seen.add(digest);
    for (const input of inputs.get(digest) ?? []) visit(input);
    order.add(digest);
  };
  // The last instruction usually comes first.
  for (const digest of [...inputs.keys()].reverse()) visit(digest);
  return [...order];
}

function argumentsOf(build: TriedBuild): readonly string[] {
  const { dockerfile, context, cacheFrom, target, platform, buildArgs = [], builder } = build;
  const flags = { "cache-from": cacheFrom, target, platform, builder };
  return [
    "build",
    "--progress=rawjson",
    "--output=type=cacheonly",
    `--file=${dockerfile}`,
    ...Object.entries(flags).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}=${value}`],
    ),
    ...buildArgs.map((pair) => `--build-arg=${pair}`),
    context,
  ];
}
