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

/** How often a leg is built whose files were touched meanwhile, and are as they were. */
const mostBuilds = 3;

/**
 * Builds a leg whose files are those of the plan, before BuildKit receives them and after. Throws
 * a changed-inputs error if they are not, and then ends the build. If files were only touched, or a
 * name came into a folder and went, BuildKit may have received them as they were then: the leg is
 * built again.
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
    // buildx may be given builders' files without the nodes that do not answer.
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
