import type { Config } from "../../config/config.ts";
import { branchPattern } from "./branch-patterns.ts";
import type { Rule } from "./document.ts";

const isScheduled = '$CI_PIPELINE_SOURCE == "schedule"';
const isDefaultBranch = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH";
const prunes = '$LAYERKEEP_RUN == "prune"';

/** Merge requests and merge trains. */
export const onMergeRequest: readonly Rule[] = [
  { if: '$CI_PIPELINE_SOURCE == "merge_request_event"' },
];

/** A schedule or somebody who asks for pruning, on the default branch. */
export const onPrune: readonly Rule[] = [{ if: `${prunes} && ${isDefaultBranch}` }];

/** A pipeline that another one has started. */
export const onParent: readonly Rule[] = [{ if: '$CI_PIPELINE_SOURCE == "parent_pipeline"' }];

/**
 * What can be trusted: the default branch, release branches and, if there is something to publish,
 * tags. Of schedules only those that say what they are for: others of the project are not ours.
 */
export function onTrusted({ branches, variants }: Pick<Config, "branches" | "variants">): Rule[] {
  const publishes = variants.some(({ publish }) => publish.length > 0);
  return [
    { if: "$CI_MERGE_REQUEST_IID", when: "never" },
    { if: `${isScheduled} && $LAYERKEEP_RUN == null`, when: "never" },
    { if: prunes, when: "never" },
    { if: isDefaultBranch },
    ...branches.release.map((glob) => ({ if: `$CI_COMMIT_BRANCH =~ ${branchPattern(glob)}` })),
    ...(publishes ? [{ if: "$CI_COMMIT_TAG" }] : []),
  ];
}
