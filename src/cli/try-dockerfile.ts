import { findBuildx } from "../buildkit/builder/buildx.ts";
import { type TriedStep, tryCache } from "../buildkit/try-cache.ts";
import { exec } from "../exec.ts";
import type { Io } from "./io.ts";
import { builderOfEnvironment } from "./run/probes.ts";

export interface DockerfileOptions {
  readonly dockerfile?: string;
  readonly context: string;
  readonly target?: string;
  readonly platform?: string;
  readonly buildArg: readonly string[];
  readonly builder?: string;
}

/** A step, and where a build would have it from. */
export interface SourcedStep {
  readonly name: string;
  /** `builder`: it has the step already, so that the cache's is not asked for. */
  readonly from: "cache" | "builder" | "runs" | "unknown";
}

/** What a build of a Dockerfile would use of a cache: tried on the builder, without it and with it. */
export async function tryDockerfile(
  cache: string,
  options: DockerfileOptions & { readonly dockerfile: string },
  io: Io,
): Promise<readonly SourcedStep[]> {
  const buildx = await findBuildx(io.env, exec);
  const build = {
    ...options,
    buildArgs: options.buildArg,
    builder: options.builder ?? builderOfEnvironment(io),
    cwd: io.cwd,
    signal: io.signal,
  };
  const without = await tryCache(buildx, build);
  const own = new Set(cachedOf(without));
  const withIt = await tryCache(buildx, { ...build, cacheFrom: cache });
  return withIt.map(({ name, state }) => ({
    name,
    from: state !== "cached" ? state : own.has(name) ? "builder" : "cache",
  }));
}

function cachedOf(steps: readonly TriedStep[]): readonly string[] {
  return steps.filter(({ state }) => state === "cached").map(({ name }) => name);
}
