import { harmless } from "../../harmless.ts";

/** Text that cannot leave its cell, become markup or a link, or mention a person. */
export function escapeCell(text: string): string {
  return harmless(text)
    .replaceAll("&", "&amp;")
    .replace(/#(?=\d)/g, "&#35;")
    .replaceAll("<", "&lt;")
    .replace(/[|`*_~[\]\\]/g, "\\$&")
    .replaceAll("://", ":&#47;&#47;")
    .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}&#46;`)
    .replaceAll("@", "&#64;")
    .replace(/\s*\n\s*/g, " ");
}

/** The most rows of a table: GitHub drops a step's summary of more than 1 MiB. */
const mostRows = 1000;

/**
 * Lines of a table whose cells are escaped; none without rows. A heading that ends with `:` is of
 * numbers, aligned to the right. What is more than a thousand rows is counted.
 */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length - mostRows;
  return [
    `| ${heads.map((head) => head.replace(/:$/, "")).join(" | ")} |`,
    `|${heads.map((head) => (head.endsWith(":") ? "--:" : "---")).join("|")}|`,
    ...rows.slice(0, mostRows).map((row) => `| ${row.map(escapeCell).join(" | ")} |`),
    "",
    ...(more > 0 ? [`and ${more} more`, ""] : []),
  ];
}

/** Lines of a list whose items are escaped; none without items. Each begins with `mark`. */
export function markdownList(items: readonly string[], mark = ""): readonly string[] {
  const more = items.length - mostRows;
  return [
    ...items.slice(0, mostRows).map((item) => `- ${mark}${escapeCell(item)}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
    ...(items.length > 0 ? [""] : []),
  ];
}
