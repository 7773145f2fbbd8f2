import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "../../errors.ts";
import { allRules } from "../../lint/rules/all-rules.ts";
import { rulePage } from "../../report/lint/outcome.ts";
import { renderTable } from "../../report/table.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";
import { findRule } from "./choose-rules.ts";

/** Prints the page of a rule, which is in the package. */
export async function explainRule(id: string, { out }: Pick<Io, "out">): Promise<number> {
  findRule(id);
  const page = await readPage(import.meta.dirname, join("docs", "lint", `${id}.md`));
  if (page === undefined) {
    throw new UsageError(`the documentation of ${id} was not found in the package`, {
      hint: `read it at ${rulePage(id)}`,
    });
  }
  out(page);
  return 0;
}

/** From the folder or the nearest one above it: the sources and bundles are in different places. */
async function readPage(folder: string, page: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, page), "utf8");
  } catch {
    const above = dirname(folder);
    return above === folder ? undefined : readPage(above, page);
  }
}

/** Prints all rules with their severity. */
export function listRules(
  options: Pick<GlobalOptions, "json">,
  io: Pick<Io, "out" | "pageColumns">,
): number {
  const rules = allRules.map(({ id, severity, summary }) => {
    return { id, severity, summary, url: rulePage(id) };
  });
  const columns = [{ head: "RULE" }, { head: "SEVERITY" }, { head: "WHAT IT FINDS" }];
  show(io, options, { rules }, (_, page) =>
    renderTable(
      columns,
      rules.map(({ id, severity, summary }) => [id, severity, summary]),
      page,
    ),
  );
  return 0;
}
