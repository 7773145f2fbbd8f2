import { findBuildx } from "../../buildkit/builder/buildx.ts";
import { type TriedBuild, type TriedStep, tryCache } from "../../buildkit/try-cache.ts";
import { exec } from "../../exec.ts";
import type { Io } from "../io.ts";
import { builderOfEnvironment } from "../run/probes.ts";

/** A step, and where a build would get it from. */
export interface SourcedStep {
  readonly name: string;
  /** `builder`: the builder has the step already, so the cache is not asked for it. */
  readonly from: "cache" | "builder" | "runs" | "unknown";
}

/** What a build would use of a cache: tried on the builder, without the cache and with it. */
export async function tryDockerfile(
  cache: string,
  tried: TriedBuild,
  io: Io,
): Promise<readonly SourcedStep[]> {
  const buildx = await findBuildx(io.env, exec);
  const build = {
    ...tried,
    builder: tried.builder ?? builderOfEnvironment(io),
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
