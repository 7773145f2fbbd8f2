import { asJson } from "./pasted-expressions.ts";

/**
 * What somebody without write access can write, in GitHub's list of untrusted input. Names of
 * branches may have `$`, `;`, quotes and parentheses in them.
 */
const texts: readonly (readonly [RegExp, string])[] = [
  [/^github\.head_ref$/, "a branch name"],
  [/^github\.event\.(?:issue|pull_request|discussion)\.(?:title|body)$/, "a title or a body"],
  [/^github\.event\.(?:comment|review|review_comment)\.body$/, "a comment"],
  [/^github\.event\.pull_request\.head\.(?:ref|label)$/, "a branch name"],
  [
    /^github\.event\.pull_request\.head\.repo\.(?:default_branch|description|homepage)$/,
    "a repository setting",
  ],
  [/^github\.event\.workflow_run\.(?:head_branch|display_title)$/, "a branch name or a title"],
  [/^github\.event\.workflow_run\.pull_requests.*\.head\.ref$/, "a branch name"],
  [/^github\.event\.check_(?:run\.check_)?suite\.head_branch$/, "a branch name"],
  [/^github\.event\.(?:workflow_run\.)?(?:head_commit|commits?.*)\.message$/, "a commit message"],
  [
    /^github\.event\.(?:workflow_run\.)?(?:head_commit|commits?.*)\.(?:author|committer)\.(?:name|email)$/,
    "a commit author",
  ],
  [/^github\.event\.pages.*\.page_name$/, "a page name"],
  [/^github\.event\.changes\.(?:title|body|head\.ref)\.from$/, "a title or a body"],
];

/** Parts of the event that have such texts in them, as in `toJSON(github.event)`. */
const containers =
  /^github(?:\.event(?:\.(?:issue|pull_request(?:\.head)?|discussion|comment|review|review_comment|workflow_run|head_commit|commits))?)?$/;

/** What a source is, if a stranger may have written it: "the name of a branch". */
export function writtenByStranger(property: string): string | undefined {
  const isWhole = property.endsWith(asJson);
  const name = isWhole ? property.slice(0, -asJson.length) : property;
  if (isWhole && containers.test(name)) return "the event payload";
  return texts.find(([pattern]) => pattern.test(name))?.[1];
}
