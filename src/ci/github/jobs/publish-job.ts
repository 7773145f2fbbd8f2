import type { Blueprint, JobSetting } from "../blueprints/blueprint.ts";
import type { Job } from "../document.ts";
import { expression } from "../expressions.ts";
import { begin, downloadPlan, ourAction, planned } from "../steps.ts";

/**
 * The job that publishes. It runs even if a build failed: then only the images without that leg
 * stay back.
 */
export function publishJob(
  blueprint: Blueprint,
  publish: JobSetting,
  builds: readonly string[],
): Job {
  const matrix = "fromJSON(needs.plan.outputs.publish)";
  return {
    name: "publish",
    needs: ["plan", ...builds],
    if: expression(`!cancelled() && needs.plan.result == 'success' && ${matrix}.include[0]`),
    strategy: { "fail-fast": false, matrix: expression(matrix) },
    "runs-on": blueprint.runner,
    permissions: publish.login.permissions,
    env: publish.login.env,
    steps: [
      ...begin(publish),
      downloadPlan(blueprint),
      {
        name: "Publish",
        uses: ourAction("publish", blueprint),
        with: { variants: expression("matrix.variants"), ...planned, ...blueprint.given },
        env: publish.env,
      },
    ],
  };
}
