import { quote } from "../../ci/quote.ts";
import type { ConfigOptions } from "../io.ts";

/**
 * The command line that makes the same files again: the command with the flags that it was given,
 * as a POSIX shell reads them. `own` has the values of the command's own flags by name; undefined:
 * not given.
 */
export function commandLine(
  command: string,
  { config, var: vars }: ConfigOptions,
  own: Readonly<Record<string, string | undefined>>,
): string {
  const variables = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  const flags = Object.entries({ "--config": config, ...own }).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  );
  return [command, ...[...flags, ...variables].map(quote)].join(" ");
}
