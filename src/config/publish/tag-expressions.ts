import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { namesIn, parseTemplate } from "./tag-template.ts";

/** docker/metadata-action's expressions in a schedule's pattern. */
export const dates: readonly string[] = ["date", "commit_date"];

/** Its global expressions: in `value`, `prefix`, `suffix` and `enable`. */
export const globals: readonly string[] = [
  "branch",
  "tag",
  "sha",
  "base_ref",
  "is_default_branch",
  "is_not_default_branch",
  ...dates,
];

/** Its expressions in the pattern of a version. */
export const versionParts: readonly string[] = ["raw", "version", "major", "minor", "patch"];

/** Throws a usage error if a text is no template, or has an expression that is not `known`. */
export function checkExpressions(text: string, known: readonly string[]): void {
  if (text.includes("${{")) {
    throw new UsageError(`"${text}" contains a GitHub workflow expression`, {
      hint: `only GitHub workflows expand \${{ … }}; use one of ${known.map((name) => `{{${name}}}`).join(", ")}`,
    });
  }
  for (const name of namesIn(parseTemplate(text))) {
    if (known.includes(name)) continue;
    throw new UsageError(`unknown expression {{${name}}}`, { hint: suggest(name, known) });
  }
}
