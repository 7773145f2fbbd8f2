import type { FindAffectedOptions } from "../../pipeline/find-affected.ts";
import { explainAffected, renderAffected } from "../../report/affected-report.ts";
import type { Trust } from "../../trust/context.ts";
import { type ConfigOptions, type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { findAffectedLegs } from "../run/plan/affected-legs.ts";
import type { Probes } from "../run/probes.ts";
import { openSession } from "../run/session.ts";
import { show } from "./show-result.ts";

/** Prints the affected legs on stdout, and why on stderr. */
export async function showAffected(
  compared: Pick<FindAffectedOptions, "base" | "head" | "mergeBase">,
  probes: Probes,
  options: GlobalOptions & ConfigOptions & QuietOptions,
  io: Io,
): Promise<void> {
  const [file, { facts }] = await Promise.all([probes.file, probes.checkout]);
  const trustLevel = async (): Promise<Trust["level"]> => {
    await using session = await openSession(probes, options, io);
    return session.trust.level;
  };
  const affected = await findAffectedLegs(
    { ...compared, trustLevel },
    { file, facts },
    options,
    io,
  );
  for (const warning of affected.warnings) warn(io, warning);
  if (options.json) show(io, options, affected, renderAffected);
  else io.out(renderAffected(affected));
  if (!options.json && !options.quiet) io.err(explainAffected(affected));
}
