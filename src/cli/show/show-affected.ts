import type { FindAffectedOptions } from "../../pipeline/find-affected.ts";
import { keepSelected } from "../../plan/affected/keep-selected.ts";
import type { LegSelection } from "../../plan/select/select-legs.ts";
import { explainAffected, renderAffected } from "../../report/plan/affected-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { branchToCompare, findAffectedLegs } from "../run/plan/affected-legs.ts";
import type { Probes } from "../run/probes.ts";
import { openSession, type Session } from "../run/session.ts";
import { show } from "./show-result.ts";

/** What is compared, and which legs are of interest. */
interface Comparison extends Pick<FindAffectedOptions, "head" | "mergeBase"> {
  /** Undefined: where the branch left the pull request's base or the default branch. */
  readonly base: string | undefined;
  readonly selection: LegSelection;
}

/** Prints the affected legs on stdout, and why on stderr. */
export async function showAffected(
  { base: named, head, mergeBase, selection }: Comparison,
  probes: Probes,
  options: GlobalOptions & ConfigOptions & QuietOptions,
  io: Io,
): Promise<void> {
  const [file, { facts }] = await Promise.all([probes.file, probes.checkout]);
  const ask = async <Answer>(question: (session: Session) => Answer): Promise<Awaited<Answer>> => {
    await using session = await openSession(probes, options, io);
    return await question(session);
  };
  const found = await findAffectedLegs(
    {
      base: named ?? (await ask((session) => branchToCompare(session, io))),
      head,
      mergeBase: named === undefined || mergeBase,
      trustLevel: () => ask(({ trust }) => trust.level),
    },
    { file, facts },
    options,
    io,
  );
  const affected = keepSelected(found, selection);
  for (const warning of affected.warnings) warn(io, warning);
  if (options.json) show(io, options, affected, renderAffected);
  else io.out(renderAffected(affected));
  if (!options.json && !options.quiet) io.err(explainAffected(affected));
}
