import type { Blueprint } from "../blueprints/blueprint.ts";
import type { Job } from "../document.ts";
import { expression, quoted } from "../expressions.ts";
import { ourAction } from "../steps.ts";
import { commandMatrix } from "./command-jobs.ts";
import { buildPlaces } from "./build-jobs.ts";

/**
 * The one check that branch protection can require: it always runs, under one name, and fails
 * unless everything that was planned succeeded. GitHub takes a skipped job for a success.
 */
export function gateJob(blueprint: Blueprint, needs: readonly string[]): Job {
  return {
    name: blueprint.check,
    needs,
    if: "always()",
    "runs-on": blueprint.runner,
    permissions: {},
    steps: [
      {
        name: "Check that all jobs succeeded",
        uses: ourAction("gate", blueprint),
        with: { needs: expression("toJSON(needs)"), expected: expectedLines(blueprint) },
      },
    ],
  };
}

function expectedLines(blueprint: Blueprint): string {
  const { publish, prune, commands } = blueprint;
  const builds = buildPlaces(blueprint).map(({ id, index }): [string, string] => [
    id,
    hasWork("matrices", `fromJSON(needs.plan.outputs.matrices || '[]')[${index}]`),
  ]);
  const others = commands.jobs.map(({ name }): [string, string] => [
    name,
    hasWork("jobs", commandMatrix(name)),
  ]);
  const lines: readonly (readonly [string, string])[] = [
    ...(prune === undefined ? [] : scheduled(prune.cron)),
    ...builds,
    ...others,
    ...(publish === undefined
      ? []
      : [["publish", hasWork("publish", "fromJSON(needs.plan.outputs.publish || '{}')")] as const]),
  ];
  return lines.map(([job, condition]) => `${job}: ${expression(condition)}\n`).join("");
}

/**
 * Whether the plan has work for a job. An output that is missing after a successful plan was dropped
 * by GitHub, which takes it for a secret: then nobody knows, and the job must have succeeded.
 */
function hasWork(output: string, matrix: string): string {
  const isDropped = `needs.plan.outputs.${output} == ''`;
  return `needs.plan.result == 'success' && (${isDropped} || ${matrix}.include[0] != null)`;
}

/** A run either plans or prunes. */
function scheduled(cron: string): readonly (readonly [string, string])[] {
  return [
    ["plan", `github.event.schedule != ${quoted(cron)}`],
    ["prune", `github.event.schedule == ${quoted(cron)}`],
  ];
}
