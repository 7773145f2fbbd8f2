import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildOutput, BuildRequest, LinkedTarget } from "../../buildkit/arguments.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { BuildOptions } from "../../buildkit/run-build.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { ChangedInputsError, type CheckedLeg, type InputCheck } from "../../plan/recheck.ts";
import { buildAndPush, type PushedBuild } from "./build-and-push.ts";
import { withIgnoredErrors } from "./cache-outcome.ts";
import type { MountCarrier } from "../mounts/mount-carrier.ts";
import type { MountOutcome } from "../mounts/mount-outcome.ts";
import { withMounts } from "../mounts/with-mounts.ts";
import { type HandedOver, handOver, type HandOverOptions } from "./hand-over.ts";
import { type BuiltOn, builtOnNothing } from "./parents/parents.ts";

export interface BuildCheckedOptions
  extends Omit<HandOverOptions, "contexts">,
    Pick<BuildOptions, "signal" | "onProgress" | "mask"> {
  readonly buildx: Buildx;
  readonly builder: string | undefined;
  readonly check: InputCheck;
  readonly builtOn?: BuiltOn;
  /** Fills and saves cache mounts; undefined: they are left alone. */
  readonly mounts?: MountCarrier;
}

export interface CheckedBuild extends PushedBuild {
  /** What became of the cache mounts that are kept. */
  readonly mounts: readonly MountOutcome[];
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
): Promise<CheckedBuild> {
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
): Promise<CheckedBuild> {
  const { check, signal, mask, onProgress, builtOn = builtOnNothing } = options;
  // If nodes do not answer, buildx gets copies of the builders' files without them.
  const env = { ...options.env, ...options.buildx.env };
  await using folders = new HandedOverFolders();
  const read: { readonly leg: PlannedLeg; readonly checked: CheckedLeg }[] = [];
  const prepare = async (one: PlannedLeg, contexts: BuiltOn["contexts"]): Promise<HandedOver> => {
    const checked = await check.read(one);
    read.push({ leg: one, checked });
    return folders.add(await handOver(plan, one, checked, { root: options.root, env, contexts }));
  };
  const handed = await prepare(leg, builtOn.contexts);
  const linked: LinkedTarget[] = [];
  for (const { target, leg: parent, contexts } of builtOn.targets) {
    const { inputs } = await prepare(parent, contexts);
    const { id, platform } = parent;
    linked.push({ name: target, leg: id, inputs, platform, ...cachesOf(parent) });
  }
  const changed = new AbortController();
  const looks: Promise<void>[] = [];
  const lookAgain = (): void => {
    for (const one of read) {
      const look = check.lookAgain(one.leg, one.checked);
      look.catch((error: unknown) => changed.abort(error));
      looks.push(look);
    }
  };
  const signals = signal === undefined ? [changed.signal] : [signal, changed.signal];
  const request: BuildRequest = {
    inputs: handed.inputs,
    renamed: new Map(folders.renamed()),
    env: folders.env(),
    linked,
    platform: leg.platform,
    root: options.root,
    builder: options.builder,
    ...cachesOf(leg),
    cacheTo: leg.cache.to.map(withIgnoredErrors),
    output,
    metadataFile: join(tmpdir(), `layerkeep-${randomUUID()}.json`),
  };
  const masked = mask === undefined ? {} : { mask };
  const { buildx, mounts } = options;
  const around = { leg, buildx, request, options: { signal, ...masked } };
  const { result, ...carried } = await withMounts(mounts, around, async (watch) => {
    const pushed = await buildAndPush(buildx, request, {
      purpose: `build of ${leg.id}`,
      signal: AbortSignal.any(signals),
      onReceived: lookAgain,
      ...masked,
      onProgress: (progress, lines) => {
        watch(progress);
        onProgress?.(progress, lines);
      },
    });
    if (looks.length === 0) lookAgain();
    await Promise.all(looks);
    return pushed;
  });
  return {
    ...result,
    mounts: carried.outcomes,
    warnings: [...result.warnings, ...carried.warnings],
  };
}

/** What is removed once the build has ended. */
class HandedOverFolders implements AsyncDisposable {
  readonly #folders: HandedOver[] = [];

  add(folder: HandedOver): HandedOver {
    this.#folders.push(folder);
    return folder;
  }

  /** The names in all Dockerfiles that were changed, new ones to old ones. */
  renamed(): readonly (readonly [string, string])[] {
    return this.#folders.flatMap(({ renamed }) => [...renamed]);
  }

  /** What buildx is given for all of them: a parent's secrets are read from its own variables. */
  env(): NodeJS.ProcessEnv {
    return this.#folders.reduceRight<NodeJS.ProcessEnv>((all, { env }) => ({ ...all, ...env }), {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#folders.map((folder) => folder[Symbol.asyncDispose]()));
  }
}

function cachesOf({ bypass, cache }: PlannedLeg): Pick<BuildRequest, "cacheFrom" | "noCache"> {
  const isCold = bypass === "caches";
  return { cacheFrom: isCold ? [] : cache.from, noCache: isCold };
}
