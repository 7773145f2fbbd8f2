import { BuildFailure } from "../../buildkit/progress/build-errors.ts";
import type { FailedStep, ProgressSummary } from "../../buildkit/progress/progress.ts";
import { messageOf } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { type BuildCheckedOptions, buildChecked } from "./build-checked.ts";
import { openOutput } from "./kept-output.ts";
import type { BuilderPool } from "./builders/builder-pool.ts";
import type { MountOutcome } from "../mounts/mount-outcome.ts";
import type { Parents } from "./parents/parents.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { type DockerfileWarning, dockerfileWarnings } from "./dockerfile-warning.ts";
import { recordBuilt, recordFailed, type RecordOptions } from "../records/leg-record.ts";
import { whyCold } from "../explain/why-cold.ts";
import { findStagedLeg, imageSize } from "../stage/staged-leg.ts";

export type BuildLegOptions = RecordOptions &
  Omit<BuildCheckedOptions, "builtOn" | "builder"> & {
    readonly builders: BuilderPool;
    /** Finds what legs are built on. */
    readonly parents: Parents;
  };

export type LegResult = {
  readonly leg: string;
  readonly seconds: number;
  /** Problems that did not keep the leg from being staged: a cache not written, a record lost. */
  readonly warnings: readonly string[];
  /** The engine's warnings, at most 50; omitted if there are none. */
  readonly dockerfileWarnings?: readonly DockerfileWarning[];
} & (
  | {
      /** `checked`: built but not kept, in an untrusted context. */
      readonly outcome: "built" | "reused" | "checked";
      readonly reason: string;
      readonly digest: Digest | null;
      /** Size of the image in bytes. */
      readonly bytes: number;
      readonly steps: { readonly cached: number; readonly all: number };
      readonly cache: BuildRecord["cache"]["written"] | null;
      /** Of a leg that is reused, the seconds that its last build took; omitted if not known. */
      readonly saved?: number;
      /** One line: why steps ran that a cache should have saved. Omitted if there were none. */
      readonly cold?: string;
      /** What became of the cache mounts that are kept; omitted if there are none. */
      readonly mounts?: readonly MountOutcome[];
      /** The builder, if the leg's platform has several. Omitted if not, and if it was reused. */
      readonly builder?: string;
    }
  | {
      readonly outcome: "failed";
      readonly error: Error;
      /** The failed step, if a step failed. */
      readonly step: FailedStep | null;
    }
);

/**
 * Builds one leg of a plan, or reuses the staged one. The first writer wins: the staged tag is
 * looked up before the build, and again before it is set.
 *
 * BuildKit pushes to the tag of the leg's newest build. After the second look-up we point the
 * staged tag at the same image. An image that was pushed but not staged is ignored: nobody has
 * checked it against its inputs. If a run dies between the two, the next one builds again from its
 * caches.
 */
export async function buildLeg(
  plan: Plan,
  leg: PlannedLeg,
  options: BuildLegOptions,
): Promise<LegResult> {
  const started = options.now();
  const seconds = (): number => (options.now().getTime() - started.getTime()) / 1000;
  try {
    const { standing, warnings, replaces } = await lookOnce(plan, leg, options);
    if (standing !== undefined) return { ...standing, leg: leg.id, seconds: seconds() };
    const built = await buildAndStage(plan, leg, started, { ...options, replaces });
    return {
      ...built,
      warnings: [...warnings, ...built.warnings],
      leg: leg.id,
      seconds: seconds(),
    };
  } catch (cause) {
    if (options.signal?.aborted === true) throw cause;
    const error = cause instanceof Error ? cause : new Error(messageOf(cause));
    const lost =
      error instanceof BuildFailure
        ? await recordFailed(plan, leg, started, error, options)
        : undefined;
    const warnings = lost === undefined ? [] : [lost];
    const step = (error instanceof BuildFailure ? error.summary.failed : undefined) ?? null;
    const lint = error instanceof BuildFailure ? dockerfileWarnings(leg, error.summary) : {};
    return { leg: leg.id, outcome: "failed", error, step, seconds: seconds(), warnings, ...lint };
  }
}

type Standing = Omit<
  Extract<LegResult, { outcome: "reused" | "built" | "checked" }>,
  "leg" | "seconds"
>;

const noSteps = { cached: 0, all: 0 };

interface FirstLook {
  readonly standing?: Standing | undefined;
  /** What the staged tag points at, if this build is to replace it. */
  readonly replaces?: Digest | undefined;
  readonly warnings: readonly string[];
}

/** If nothing is to be staged, a registry that cannot be read means a build, not a failure. */
async function lookOnce(plan: Plan, leg: PlannedLeg, options: BuildLegOptions): Promise<FirstLook> {
  try {
    if (leg.bypass === "none") {
      return { standing: await reuseStaged(leg, options), warnings: [] };
    }
    if (!plan.trust.writesLegs || leg.staged === null) return { warnings: [] };
    const { client, signal } = options;
    const found = await client.headManifest(parseReference(leg.staged.leg), { signal });
    return { replaces: found?.digest, warnings: [] };
  } catch (error) {
    if (plan.trust.writesLegs || options.signal?.aborted === true) throw error;
    return { warnings: [`the staged leg could not be read: ${messageOf(error)}`] };
  }
}

async function reuseStaged(
  leg: PlannedLeg,
  { client, signal }: BuildLegOptions,
): Promise<Standing | undefined> {
  if (leg.staged === null) return undefined;
  const staged = parseReference(leg.staged.leg);
  const found = await findStagedLeg(client, leg, staged, signal);
  if (found.state !== "whole") return undefined;
  return {
    outcome: "reused",
    reason: "staged with the same inputs",
    digest: found.manifest.descriptor.digest,
    bytes: await imageSize(client, staged, found.manifest, signal),
    steps: noSteps,
    cache: null,
    warnings: [],
  };
}

async function buildAndStage(
  plan: Plan,
  leg: PlannedLeg,
  started: Date,
  options: BuildLegOptions & { readonly replaces: Digest | undefined },
): Promise<Standing> {
  await using kept = await openOutput(plan, leg, options);
  const builtOn = await options.parents.of(leg);
  const { result, builder, warnings } = await options.builders.run(leg, (on) =>
    buildChecked(plan, leg, kept.output, { ...options, builtOn, builder: on }),
  );
  const { summary, digest } = result;
  const staged = kept.isStaged ? digest : undefined;
  const [image, { record, lost, unused }] = await Promise.all([
    kept.keep(digest),
    recordBuilt(plan, leg, started, { summary, mounts: result.mounts, digest: staged }, options),
  ]);
  const { cache } = record;
  const cold = await whyCold(options.client, leg, record, options.signal);
  return {
    ...(cold === undefined ? {} : { cold }),
    ...(builder === undefined ? {} : { builder }),
    ...(result.mounts.length === 0 ? {} : { mounts: result.mounts }),
    ...dockerfileWarnings(leg, summary),
    outcome: image.digest === null ? "checked" : "built",
    reason: image.reason,
    digest: image.digest,
    bytes: image.bytes,
    steps: countSteps(summary),
    cache: cache.written,
    warnings: [
      ...builtOn.warnings,
      ...warnings,
      ...result.warnings,
      ...cache.unread,
      cache.trouble,
      image.warning,
      unused,
      lost,
    ].filter((w) => w !== null && w !== undefined),
  };
}

function countSteps({ steps }: ProgressSummary): { cached: number; all: number } {
  return { cached: steps.filter((step) => step.cached).length, all: steps.length };
}
