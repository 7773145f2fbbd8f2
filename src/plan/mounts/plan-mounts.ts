import type { Variant } from "../../config/config.ts";
import { isMountName } from "../../config/variants/check-keys.ts";
import type { UsedCacheMount } from "../../dockerfile/stages/cache-mounts.ts";
import type { ReachedStage } from "../../dockerfile/stages/found.ts";
import type { Stages } from "../../dockerfile/stages/stages.ts";
import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import type { LegInputs } from "../../inputs/leg-inputs.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { branchesRead, branchWritten, type CacheScope } from "../caches/cache-refs.ts";
import { refSlug } from "../names.ts";
import type { PlannedMount } from "../plan.ts";

/** What is read of a leg to plan its mounts. */
type MountedLeg = Pick<LegInputs, "recipe" | "args"> & {
  readonly stages: Pick<Stages, "cacheMounts" | "reached">;
};
type MountScope = Pick<CacheScope, "context" | "trust" | "defaultBranch" | "repository">;

export interface MountPlan {
  readonly mounts: readonly PlannedMount[];
  readonly warnings: readonly string[];
}

/**
 * The cache mounts that a leg brings and keeps, with the keys of their directory caches. Throws a
 * usage error if a name is not that of a cache mount in the Dockerfile, or of one that cannot be
 * kept.
 */
export function planMounts(
  wanted: Variant["mounts"],
  leg: MountedLeg,
  scope: MountScope,
): MountPlan {
  const { cacheMounts } = leg.stages;
  if (scope.repository === undefined) return { mounts: [], warnings: [] };
  const { name: variant, dockerfile: file } = leg.recipe;
  const chosen = wanted === true ? cacheMounts : wanted.flatMap((name) => named(name, leg));
  const warnings: string[] = [];
  const mounts = new Map<string, PlannedMount>();
  for (const mount of chosen) {
    const why = whyNot(mount);
    if (why !== undefined && wanted !== true) {
      throw new UsageError([
        {
          file,
          line: mount.line,
          message: `the cache mount ${mount.id} cannot be kept: ${why}`,
        },
      ]);
    }
    if (why === undefined) {
      const planned = plannedMount(mount, leg, scope);
      // The first use counts: BuildKit names a mount by its id and its owner.
      const key = JSON.stringify([planned.id, planned.uid, planned.gid, planned.mode]);
      if (!mounts.has(key)) mounts.set(key, planned);
    } else warnings.push(`${variant}: the cache mount ${mount.id} is not kept: ${why}`);
  }
  return { mounts: [...mounts.values()], warnings: [...new Set(warnings)] };
}

function named(
  name: string,
  { recipe: { name: variant, dockerfile: file }, stages }: MountedLeg,
): readonly UsedCacheMount[] {
  const { cacheMounts } = stages;
  const byId = cacheMounts.filter(({ id }) => id === name);
  const found = byId.length > 0 ? byId : cacheMounts.filter(({ target }) => target === name);
  if (found.length > 0) return found;
  const known = [...new Set(cacheMounts.flatMap(({ id, target }) => [id, target]))];
  const near = nearest(name, known);
  throw new UsageError([
    {
      message: `variant ${variant}: no cache mount has the id or the target ${name}`,
      hint:
        near !== undefined
          ? `did you mean ${near}?`
          : known.length === 0
            ? "the stages that are built have no RUN --mount=type=cache"
            : `the cache mounts are ${known.join(", ")}`,
      file,
    },
  ]);
}

function whyNot({ id, hasContent }: UsedCacheMount): string | undefined {
  if (hasContent) return "it has from=, so the builder fills it";
  return isMountName(id) ? undefined : "its id has characters that are not supported";
}

function plannedMount(
  { id, sharing, uid, gid, mode, stage }: UsedCacheMount,
  { recipe: { platform }, stages, args }: MountedLeg,
  scope: MountScope,
): PlannedMount {
  const space = args["BUILDKIT_CACHE_MOUNT_NS"] ?? "";
  const owner = uid ?? gid ?? mode;
  const name = [
    `mount-${space === "" ? "" : `${space}:`}${id}`,
    ...(owner === undefined ? [] : [`${uid ?? "0"}:${gid ?? "0"}:${mode ?? "0755"}`]),
    formatPlatform(platform).replaceAll("/", "-"),
  ].join("-");
  const keyOn = (branch: string | undefined): string =>
    branch === undefined || branch === scope.defaultBranch ? name : `${name}.${refSlug(branch)}`;
  return {
    id,
    sharing,
    uid: uid ?? null,
    gid: gid ?? null,
    mode: mode ?? null,
    stage: rootOf(stage, stages.reached),
    from: [...new Set(branchesRead(scope).map(keyOn))],
    to: scope.trust.writesCaches ? keyOn(branchWritten(scope)) : null,
  };
}

/** The stage that a stage is built on in the end: its base is not one of this file. */
function rootOf(stage: number, reached: readonly ReachedStage[]): number {
  const own = reached.find(({ index }) => index === stage);
  const base = reached.findLast(({ index, name }) => index < stage && name === own?.from);
  return base === undefined ? stage : rootOf(base.index, reached);
}
