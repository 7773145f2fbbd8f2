import type { Blueprint, JobSetting } from "./blueprints/blueprint.ts";
import type { Step } from "./document.ts";
import { expression } from "./expressions.ts";
import { pinnedActions } from "./pinned-actions.ts";

const folder = `${expression("runner.temp")}/layerkeep`;

/** The checkout and the logins that every job but the gate begins with. */
export function begin({ login, checkout }: JobSetting): readonly Step[] {
  const { uses } = pinnedActions.checkout;
  return [{ name: "Check out", uses, with: checkout }, ...login.steps];
}

/** What `uses` says for one of our own actions. */
export function ourAction(name: string, { ref }: Pick<Blueprint, "ref">): string {
  return `layerkeep/layerkeep/actions/${name}@${ref}`;
}

/** Hands the plan to the other jobs. A run that is repeated replaces its plan. */
export function uploadPlan({ artifact }: Pick<Blueprint, "artifact">): Step {
  return {
    name: "Upload the plan",
    uses: pinnedActions.upload.uses,
    with: {
      name: artifact,
      path: expression("steps.plan.outputs.plan"),
      "if-no-files-found": "error",
      "retention-days": 30,
      overwrite: true,
    },
  };
}

export function downloadPlan({ artifact }: Pick<Blueprint, "artifact">): Step {
  const given = { name: artifact, path: folder };
  return { name: "Download the plan", uses: pinnedActions.download.uses, with: given };
}

/** The inputs of an action that follows the plan of this run, and no other. */
export const planned = {
  plan: `${folder}/plan.json`,
  "plan-digest": expression("needs.plan.outputs.digest"),
} as const;
