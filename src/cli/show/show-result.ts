import { harmlessJson } from "../../harmless.ts";
import type { GlobalOptions, Io } from "../io.ts";

/** Prints a command's result: as JSON with `--json`, else as text. */
export function show<Result>(
  io: Pick<Io, "out">,
  { json }: Pick<GlobalOptions, "json">,
  result: Result,
  render: (result: Result) => string,
): void {
  io.out(`${json ? harmlessJson(result, 2) : render(result)}\n`);
}
