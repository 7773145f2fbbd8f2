import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildRequest } from "../../buildkit/arguments.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { BuildOptions } from "../../buildkit/run-build.ts";
import { removeTree } from "../../dir/restore/remove-tree.ts";
import type { Storage } from "../../dir/stored/find-cache.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { NumberedMount } from "./helper/helper-dockerfile.ts";
import type { KeptMountOptions } from "./kept/kept-mounts.ts";
import type { MountGroup } from "./mount-groups.ts";
import { type HelperBuild, runHelper } from "./helper/run-helper.ts";

/** The build of a leg whose mounts are carried. */
export interface MountedBuild {
  readonly leg: PlannedLeg;
  readonly buildx: Buildx;
  readonly request: BuildRequest;
  readonly options: Pick<BuildOptions, "signal" | "mask">;
}

/** A mount of the build, and all that use it. */
export interface UsedMount extends NumberedMount {
  readonly group: MountGroup;
}

/** What carrying the mounts of one build needs. */
export interface MountWork {
  readonly build: MountedBuild;
  readonly storage: Storage;
  readonly now: () => Date;
}

/** Runs a helper build on the builder of the leg. */
export async function help(
  { build: { leg, ...build } }: MountWork,
  purpose: string,
  helper: Pick<HelperBuild, "mounts" | "commandOf" | "content" | "results">,
): Promise<void> {
  await runHelper({ ...build, ...helper, purpose: `${purpose} of ${leg.id}` });
}

export function keptIn({ storage, now }: MountWork, folder: string): KeptMountOptions {
  return { storage, now, folder };
}

/** What fails is a warning, but an interrupted run ends. */
export function throwIfAborted({ build }: MountWork, error: unknown): void {
  if (build.options.signal?.aborted === true) throw error;
}

/** Seconds from now on, shared by some mounts. */
export function clock({ now }: MountWork, shares: number): () => number {
  const began = now().getTime();
  return () => (now().getTime() - began) / 1000 / shares;
}

export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "layerkeep-mounts-"));
  return { path, [Symbol.dispose]: () => removeTree(path) };
}
