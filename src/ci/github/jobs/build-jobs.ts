import type { Blueprint } from "../blueprints/blueprint.ts";
import type { Job, Step } from "../document.ts";
import { expression, quoted } from "../expressions.ts";
import { pinnedActions } from "../pinned-actions.ts";
import { begin, downloadPlan, ourAction, planned } from "../steps.ts";

/** A job that builds the legs of one matrix. */
interface BuildPlace {
  readonly id: string;
  /** Counted from 1, as the shard is. */
  readonly level: number;
  /** Which of the plan's matrices it is, from 0. */
  readonly index: number;
}

/** The build jobs of a workflow: level by level, in each its shards. */
export function buildPlaces({ levels, shards }: Pick<Blueprint, "levels" | "shards">) {
  return Array.from({ length: levels * shards }, (_, index): BuildPlace => {
    const level = Math.floor(index / shards) + 1;
    return { id: `build-${level}-${(index % shards) + 1}`, level, index };
  });
}

/**
 * A job for each matrix. It waits for the levels before it, and runs even if a job there failed:
 * only what is built on a failed leg fails, by itself.
 */
export function buildJobs(blueprint: Blueprint): Record<string, Job> {
  const places = buildPlaces(blueprint);
  return Object.fromEntries(
    places.map(({ id, level, index }) => {
      const before = places.filter((place) => place.level < level).map((place) => place.id);
      return [id, buildJob(blueprint, index, ["plan", ...before])];
    }),
  );
}

function buildJob(blueprint: Blueprint, index: number, needs: readonly string[]): Job {
  const { build, buildCache } = blueprint;
  const matrix = `fromJSON(needs.plan.outputs.matrices)[${index}]`;
  return {
    name: `build ${expression("matrix.leg")}`,
    needs,
    if: expression(`!cancelled() && needs.plan.result == 'success' && ${matrix}.include[0]`),
    strategy: { "fail-fast": false, matrix: expression(matrix) },
    "runs-on": expression("matrix.runner"),
    permissions: build.login.permissions,
    "cache-mode": buildCache === "none" ? undefined : buildCache,
    env: build.login.env,
    steps: [
      ...begin(build),
      ...engineSteps(blueprint),
      downloadPlan(blueprint),
      buildStep(blueprint),
    ],
  };
}

function engineSteps(blueprint: Blueprint): readonly Step[] {
  const { emulates, freeDisk, given } = blueprint;
  const runs = Object.entries(architectures).map(
    ([architecture, platform]) =>
      `runner.arch == ${quoted(architecture)} && matrix.platform == ${quoted(platform)}`,
  );
  const qemu: Step = {
    name: "Set up emulation",
    if: expression(`!(${runs.join(" || ")})`),
    uses: pinnedActions.qemu.uses,
  };
  const setup: Step = {
    name: "Set up the engine",
    id: "setup",
    uses: ourAction("setup", blueprint),
    with: { ...given, "free-disk": freeDisk },
  };
  return emulates ? [qemu, setup] : [setup];
}

/** What a runner builds without emulation, by `runner.arch`. */
const architectures = { X64: "linux/amd64", ARM64: "linux/arm64" } as const;

function buildStep(blueprint: Blueprint): Step {
  const { given, ownBuilder, build } = blueprint;
  const builder = ownBuilder ? { builder: expression("steps.setup.outputs.builder") } : {};
  return {
    name: "Build",
    uses: ourAction("build", blueprint),
    with: { legs: expression("matrix.leg"), ...planned, ...given, ...builder },
    env: build.env,
  };
}
