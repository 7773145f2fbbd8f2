import { harmlessJson } from "../../harmless.ts";
import type { Page } from "../../report/table.ts";
import type { GlobalOptions, Io } from "../io.ts";

/** Prints a command's result: as JSON with `--json`, else as text for a page. */
export function show<Result>(
  io: Pick<Io, "out" | "pageColumns">,
  { json }: Pick<GlobalOptions, "json">,
  result: Result,
  render: (result: Result, page: Page) => string,
): void {
  const text = json ? harmlessJson(result, 2) : render(result, { columns: io.pageColumns() });
  io.out(`${text}\n`);
}
