import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildOutput } from "../../buildkit/arguments.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { BuildOptions } from "../../buildkit/run-build.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { ChangedInputsError, type InputCheck } from "../../plan/recheck.ts";
import { buildAndPush, type PushedBuild } from "./build-and-push.ts";
import { withIgnoredErrors } from "./cache-outcome.ts";
import { handOver, type HandOverOptions } from "./hand-over.ts";

export interface BuildCheckedOptions
  extends HandOverOptions,
    Pick<BuildOptions, "signal" | "onProgress"> {
  readonly buildx: Buildx;
  readonly builder: string | undefined;
  readonly check: InputCheck;
}

/** How often a leg is built if its files were touched during the build but did not change. */
const mostBuilds = 3;

/**
 * Builds a leg, checking its files against the plan before and after BuildKit receives them. If
 * they differ, ends the build and throws a changed-inputs error. If files were only touched, or a
 * name appeared in a folder and vanished, BuildKit may have received that state: the leg is built
 * again.
 */
export async function buildChecked(
  plan: Plan,
  leg: PlannedLeg,
  output: BuildOutput,
  options: BuildCheckedOptions,
): Promise<PushedBuild> {
  for (let build = 1; ; build++) {
    try {
      return await buildOnce(plan, leg, output, options);
    } catch (error) {
      const isAsPlanned = error instanceof ChangedInputsError && error.isAsPlanned;
      if (!isAsPlanned || build === mostBuilds) throw error;
    }
  }
}

async function buildOnce(
  plan: Plan,
  leg: PlannedLeg,
  output: BuildOutput,
  options: BuildCheckedOptions,
): Promise<PushedBuild> {
  const { check, signal, onProgress } = options;
  const checked = await check.read(leg);
  await using handed = await handOver(plan, leg, checked, {
    ...options,
    // If nodes do not answer, buildx gets copies of the builders' files without them.
    env: { ...options.env, ...options.buildx.env },
  });
  const changed = new AbortController();
  const looks: Promise<void>[] = [];
  const lookAgain = (): void => {
    const look = check.lookAgain(leg, checked);
    look.catch((error: unknown) => changed.abort(error));
    looks.push(look);
  };
  const signals = signal === undefined ? [changed.signal] : [signal, changed.signal];
  const result = await buildAndPush(
    options.buildx,
    {
      ...handed,
      platform: leg.platform,
      root: options.root,
      builder: options.builder,
      cacheFrom: leg.bypass === "caches" ? [] : leg.cache.from,
      cacheTo: leg.cache.to.map(withIgnoredErrors),
      output,
      metadataFile: join(tmpdir(), `layerkeep-${randomUUID()}.json`),
      noCache: leg.bypass === "caches",
    },
    {
      purpose: `build of ${leg.id}`,
      signal: AbortSignal.any(signals),
      onReceived: lookAgain,
      ...(onProgress === undefined ? {} : { onProgress }),
    },
  );
  if (looks.length === 0) lookAgain();
  await Promise.all(looks);
  return result;
}
