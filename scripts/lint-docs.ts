/** Writes the table of rules of `docs/lint.md`. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { allRules } from "../src/lint/rules/all-rules.ts";

export const lintDocs = "docs/lint.md";

/** The page, with the table between its markers made again. */
export function renderLintDocs(page: string): string {
  const rows = allRules.map(
    ({ id, severity, summary }) => `| [${id}](lint/${id}.md) | ${severity} | ${cell(summary)} |`,
  );
  const table = ["| rule | severity | what it finds |", "|---|---|---|", ...rows].join("\n");
  return page.replace(
    /<!-- rules -->\n[^]*?<!-- end -->/,
    () => `<!-- rules -->\n${table}\n<!-- end -->`,
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(lintDocs, renderLintDocs(readFileSync(lintDocs, "utf8")));
}
