import type { FindAffectedOptions } from "../../pipeline/find-affected.ts";
import { explainAffected, renderAffected } from "../../report/affected-report.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { findAffectedLegs } from "../run/affected-legs.ts";
import type { Probes } from "../run/probes.ts";
import { show } from "./show-result.ts";

/** Prints the affected legs on stdout, and why on stderr. */
export async function showAffected(
  compared: Pick<FindAffectedOptions, "base" | "head" | "mergeBase">,
  { file, checkout }: Probes,
  options: GlobalOptions,
  io: Io,
): Promise<void> {
  const [found, { facts }] = await Promise.all([file, checkout]);
  const affected = await findAffectedLegs(compared, { file: found, facts }, options, io);
  if (options.json) show(io, options, affected, renderAffected);
  else io.out(renderAffected(affected));
  if (!options.json && !options.quiet) io.err(explainAffected(affected));
}
