import { mostJobs } from "../../../plan/matrix/shard-bins.ts";
import type { Blueprint } from "../blueprints/blueprint.ts";
import type { Job } from "../document.ts";
import { expression, quoted } from "../expressions.ts";
import { begin, ourAction, uploadPlan } from "../steps.ts";

/** The job that finds out what is to be done, and hands it on as a plan and matrices. */
export function planJob(blueprint: Blueprint): Job {
  const { runner, plan, levels, shards, given, planGiven, commands, prune } = blueprint;
  const output = (name: string): string => expression(`steps.plan.outputs.${name}`);
  return {
    name: "plan",
    if: prune === undefined ? undefined : `github.event.schedule != ${quoted(prune.cron)}`,
    "runs-on": runner,
    permissions: plan.login.permissions,
    outputs: {
      digest: output("digest"),
      matrices: output("matrices"),
      publish: output("publish"),
      ...(commands.jobs.length === 0 ? {} : { jobs: output("jobs") }),
    },
    env: plan.login.env,
    steps: [
      ...begin(plan),
      {
        name: "Plan",
        id: "plan",
        uses: ourAction("plan", blueprint),
        with: { ...given, levels, shards, "max-jobs": shards * mostJobs, ...planGiven },
        env: plan.env,
      },
      uploadPlan(blueprint),
    ],
  };
}
