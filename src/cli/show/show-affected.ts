import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type FindAffectedOptions, findAffected } from "../../pipeline/find-affected.ts";
import { explainAffected, renderAffected } from "../../report/affected-report.ts";
import { fastPaths } from "../fast-paths.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { gitAt, type Probes } from "../run/probes.ts";
import { bakePrinter, variablesOf } from "../run/session.ts";
import { show } from "./show-result.ts";

/** Prints the affected legs on stdout, and why on stderr. */
export async function showAffected(
  compared: Pick<FindAffectedOptions, "base" | "head" | "mergeBase">,
  { file, checkout }: Probes,
  options: GlobalOptions,
  io: Io,
): Promise<void> {
  const [found, { facts }] = await Promise.all([file, checkout]);
  // Git gives the checkout's path with links resolved.
  const folder = await realpath(dirname(found)).catch(() => dirname(found));
  const affected = await findAffected(gitAt(folder, io), {
    facts,
    file: join(folder, basename(found)),
    vars: variablesOf(io.env, options),
    now: io.now(),
    printBake: bakePrinter(io),
    plainYaml: fastPaths(io.env).plainYaml,
    ...compared,
  });
  if (options.json) show(io, options, affected, renderAffected);
  else io.out(renderAffected(affected));
  if (!options.json && !options.quiet) io.err(explainAffected(affected));
}
