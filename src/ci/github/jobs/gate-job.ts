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
        name: "Check that all went well",
        uses: ourAction("gate", blueprint),
        with: { needs: expression("toJSON(needs)"), expected: expectedLines(blueprint) },
      },
    ],
  };
}

function expectedLines(blueprint: Blueprint): string {
  const { publish, prune, commands } = blueprint;
  // An output is empty if the plan failed or was skipped.
  const hasWork = (output: string): string => `${output}.include[0] != null`;
  const builds = buildPlaces(blueprint).map(({ id, index }): [string, string] => [
    id,
    hasWork(`fromJSON(needs.plan.outputs.matrices || '[]')[${index}]`),
  ]);
  const others = commands.jobs.map(({ name }): [string, string] => [
    name,
    hasWork(commandMatrix(name)),
  ]);
  const lines: readonly (readonly [string, string])[] = [
    ...(prune === undefined ? [] : scheduled(prune.cron)),
    ...builds,
    ...others,
    ...(publish === undefined
      ? []
      : [["publish", hasWork("fromJSON(needs.plan.outputs.publish || '{}')")] as const]),
  ];
  return lines.map(([job, condition]) => `${job}: ${expression(condition)}\n`).join("");
}

/** A run either plans or prunes. */
function scheduled(cron: string): readonly (readonly [string, string])[] {
  return [
    ["plan", `github.event.schedule != ${quoted(cron)}`],
    ["prune", `github.event.schedule == ${quoted(cron)}`],
  ];
}
