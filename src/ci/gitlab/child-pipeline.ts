import { planPublishJobs } from "../../plan/matrix/publish-jobs.ts";
import { planShards } from "../../plan/matrix/shards.ts";
import type { Plan } from "../../plan/plan.ts";
import { type BuildGroup, groupBuilds } from "./build-groups.ts";
import type { Job, Pipeline, ScriptJob } from "./document.ts";
import {
  environmentOf,
  type GeneratorInput,
  givenFlags,
  planFile,
  registriesFor,
  runLayerkeep,
} from "./generator-input.ts";
import { onParent } from "./rules.ts";
import { scriptOf } from "./shell.ts";

export interface ChildInput extends GeneratorInput {
  readonly plan: Plan;
  /** Of the plan's file. */
  readonly planDigest: string;
  /** The job that has the plan as an artifact, and its pipeline's id. */
  readonly parent: { readonly pipeline: string; readonly job: string };
  /** Only variants with a leg to build are published. */
  readonly moved: boolean;
}

/** Publishing is quick: more jobs would mostly start and log in. */
const mostPublishJobs = 8;

/**
 * The pipeline that builds the legs of a plan and publishes its variants. Levels are stages, since
 * a job may `need` only 50 others; later ones run though a job has failed: what is built on its leg
 * fails by itself, and nothing else. A job with `needs` would not wait for the stages before it, so
 * only the first one takes the plan from the parent pipeline, and passes it on.
 */
export function childPipeline(input: ChildInput): Pipeline {
  const { plan } = input;
  const groups = groupBuilds(planShards(plan, { durations: new Map() }));
  const work: Record<string, Job> = { ...buildJobs(input, groups), ...publishJobs(input) };
  const jobs: Record<string, Job> =
    Object.keys(work).length === 0
      ? { "nothing-to-do": idleJob(input) }
      : { "fetch-plan": fetchJob(input), ...work };
  const stages = [...new Set(Object.values(jobs).map(({ stage }) => stage))];
  return { head: { workflow: { rules: onParent }, stages }, jobs };
}

/** Hands the parent's plan to the jobs of later stages. */
function fetchJob({ image, parent, plan }: ChildInput): ScriptJob {
  return {
    stage: "plan",
    image,
    needs: [{ ...parent, artifacts: true }],
    interruptible: isInterruptible(plan),
    script: [`test -s ${planFile}`],
    artifacts: { paths: [planFile], expire_in: "30 days" },
  };
}

function buildJobs(input: ChildInput, groups: readonly BuildGroup[]): Record<string, ScriptJob> {
  const counts = new Map<number, number>();
  return Object.fromEntries(
    groups.map((group) => {
      const count = (counts.get(group.level) ?? 0) + 1;
      counts.set(group.level, count);
      return [`build-${group.level}-${count}`, buildJob(input, group)];
    }),
  );
}

function buildJob(input: ChildInput, { level, tags, jobs, isMatrix }: BuildGroup): ScriptJob {
  const access = input.plan.trust.level === "trusted" ? "write" : "untrusted";
  return {
    stage: `build-${level}`,
    tags: tags.length === 0 ? undefined : tags,
    when: level === 1 ? undefined : "always",
    interruptible: isInterruptible(input.plan),
    ...environmentOf(input, registriesFor(input), access),
    ...(isMatrix ? { parallel: { matrix: [{ LEGS: jobs }] } } : {}),
    ...following(input, `build ${isMatrix ? "$LEGS" : jobs.join(" ")}`),
  };
}

/** They run though a build failed: then only the variants without that leg stay back. */
function publishJobs(input: ChildInput): Record<string, ScriptJob> {
  const { plan, moved } = input;
  const { include } = planPublishJobs(plan, { most: mostPublishJobs, moved });
  const { variables, ...environment } = environmentOf(input, registriesFor(input), "write");
  return Object.fromEntries(
    include.map((job, index): [string, ScriptJob] => [
      `publish-${index + 1}`,
      {
        stage: "publish",
        when: "always",
        ...environment,
        // A tag only moves forward, and git knows what is ahead.
        variables: { GIT_DEPTH: "0", ...variables },
        ...following(input, `publish ${job.variants}`),
      },
    ]),
  );
}

function following(input: ChildInput, command: string): Pick<ScriptJob, "dependencies" | "script"> {
  const { planDigest } = input;
  const run = runLayerkeep(input);
  return {
    dependencies: ["fetch-plan"],
    script: [
      scriptOf(
        // Out of the checkout: it is no input of an image.
        "work=$(mktemp -d)",
        `mv ${planFile} "$work/plan.json"`,
        `${run} ${command} --plan "$work/plan.json" --plan-digest ${planDigest}${givenFlags(input)}`,
      ),
    ],
  };
}

function idleJob({ image, plan }: ChildInput): ScriptJob {
  const why = plan.trust.publishes ? "build or publish" : "build, and this run publishes nothing";
  return {
    stage: "nothing-to-do",
    image,
    interruptible: isInterruptible(plan),
    script: [`echo "There is nothing to ${why}."`],
  };
}

function isInterruptible({ trust }: Plan): true | undefined {
  return trust.level === "trusted" ? undefined : true;
}
