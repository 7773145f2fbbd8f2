import { UsageError } from "../../errors.ts";
import type { Context } from "../../trust/context.ts";
import { formatDate } from "./date-format.ts";
import type { Expression, Value } from "../../config/publish/tag-template.ts";

/** `{{date 'FORMAT' tz='ZONE'}}` and `{{commit_date …}}`. */
export function dateExpressions(context: Context, now: Date): Readonly<Record<string, Value>> {
  return {
    date: (expression) => formatBy(expression, now),
    commit_date: (expression) => {
      if (context.commitDate !== undefined) {
        return formatBy(expression, new Date(context.commitDate));
      }
      throw new UsageError("{{commit_date}} needs a commit, but this run has none");
    },
  };
}

/** The global expressions of docker/metadata-action. */
export function globalExpressions(
  context: Context,
  now: Date,
  defaultBranch: string | undefined,
): Readonly<Record<string, Value>> {
  const branch = branchOf(context);
  const onDefault = branch !== "" && branch === defaultBranch;
  return {
    branch: () => branch,
    tag: () => tagOf(context),
    sha: () => shortSha(context.commit),
    base_ref: () => context.baseBranch ?? "",
    is_default_branch: () => String(onDefault),
    is_not_default_branch: () => String(!onDefault),
    ...dateExpressions(context, now),
  };
}

/**
 * The default branch: as the event names it, or else the branch of an event that docker/metadata-action
 * takes to happen on the default branch alone. Trust does not count on the latter: `create` happens
 * on any branch.
 */
export function defaultBranchOf(context: Context): string | undefined {
  const implied = impliedDefault.test(context.event) ? branchOf(context) : "";
  return context.defaultBranch ?? (implied === "" ? undefined : implied);
}

const impliedDefault = /^(?:create|discussion|discussion_comment|issues|schedule)$/;

/** The branch from the ref: empty for a tag or a pull request. */
export function branchOf(context: Context): string {
  return afterPrefix(context.ref, "refs/heads/");
}

export function tagOf(context: Context): string {
  return afterPrefix(context.ref, "refs/tags/");
}

/** Seven digits, as in docker/metadata-action. */
export function shortSha(commit: string): string {
  return commit.slice(0, 7);
}

function formatBy(expression: Expression, date: Date): string {
  const [format, ...more] = expression.args;
  const other = Object.keys(expression.attributes).find((name) => name !== "tz");
  if (format === undefined || more.length > 0 || other !== undefined) {
    throw new UsageError(
      other === undefined
        ? `{{${expression.name}}} accepts only one format`
        : `{{${expression.name}}} does not support the ${other} attribute`,
      { hint: `use {{${expression.name} 'YYYYMMDD' tz='UTC'}}` },
    );
  }
  return formatDate(date, format, expression.attributes["tz"] ?? "UTC");
}

function afterPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : "";
}
