import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { harmless, harmlessJson } from "../../harmless.ts";
import { findAffected } from "../../pipeline/find-affected.ts";
import { explainAffected, renderAffected } from "../../report/affected-report.ts";
import { fastPaths } from "../fast-paths.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { gitAt, type Probes } from "../run/probes.ts";
import { bakePrinter, variablesOf } from "../run/session.ts";

export interface AffectedOptions extends GlobalOptions {
  readonly base: string;
  readonly head?: string;
  readonly mergeBase?: boolean;
}

/** Prints the affected legs on stdout, and why on stderr. */
export async function runAffected(
  options: AffectedOptions,
  { file, checkout }: Probes,
  io: Io,
): Promise<number> {
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
    base: options.base,
    head: options.head,
    mergeBase: options.mergeBase === true,
  });
  if (options.json) {
    io.out(`${harmlessJson(affected, 2)}\n`);
    return 0;
  }
  io.out(harmless(renderAffected(affected)));
  if (!options.quiet) io.err(harmless(explainAffected(affected)));
  return 0;
}
