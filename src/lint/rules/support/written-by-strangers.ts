import { asJson } from "./pasted-expressions.ts";

/**
 * What somebody without write access can write, in GitHub's list of untrusted input. Names of
 * branches may have `$`, `;`, quotes and parentheses in them.
 */
const texts: readonly (readonly [RegExp, string])[] = [
  [/^github\.head_ref$/, "the name of a branch"],
  [/^github\.event\.(?:issue|pull_request|discussion)\.(?:title|body)$/, "a title or a body"],
  [/^github\.event\.(?:comment|review|review_comment)\.body$/, "a comment"],
  [/^github\.event\.pull_request\.head\.(?:ref|label)$/, "the name of a branch"],
  [
    /^github\.event\.pull_request\.head\.repo\.(?:default_branch|description|homepage)$/,
    "a repository's settings",
  ],
  [/^github\.event\.workflow_run\.(?:head_branch|display_title)$/, "a branch or a title"],
  [/^github\.event\.workflow_run\.pull_requests.*\.head\.ref$/, "the name of a branch"],
  [/^github\.event\.check_(?:run\.check_)?suite\.head_branch$/, "the name of a branch"],
  [
    /^github\.event\.(?:workflow_run\.)?(?:head_commit|commits?.*)\.message$/,
    "the message of a commit",
  ],
  [
    /^github\.event\.(?:workflow_run\.)?(?:head_commit|commits?.*)\.(?:author|committer)\.(?:name|email)$/,
    "the author of a commit",
  ],
  [/^github\.event\.pages.*\.page_name$/, "the name of a page"],
  [/^github\.event\.changes\.(?:title|body|head\.ref)\.from$/, "a title or a body"],
];

/** Parts of the event that have such texts in them, as in `toJSON(github.event)`. */
const containers =
  /^github(?:\.event(?:\.(?:issue|pull_request(?:\.head)?|discussion|comment|review|review_comment|workflow_run|head_commit|commits))?)?$/;

/** What a source is, if a stranger may have written it: "the name of a branch". */
export function writtenByStranger(property: string): string | undefined {
  const isWhole = property.endsWith(asJson);
  const name = isWhole ? property.slice(0, -asJson.length) : property;
  if (isWhole && containers.test(name)) return "the event";
  return texts.find(([pattern]) => pattern.test(name))?.[1];
}
