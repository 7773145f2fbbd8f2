import { posix } from "node:path";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { unreadReason } from "../stage/look-up-staged.ts";
import type { Cause } from "./cause.ts";
import type { ChangeWithFiles } from "./files-of-change.ts";
import { describeChange, type InputChange, inputChanges, listSome } from "./input-changes.ts";
import { dayOf } from "./why-not-cached.ts";

export interface OwnLog {
  readonly records: readonly BuildRecord[];
  /** Why it could not be read. */
  readonly problem: string | undefined;
}

interface Records {
  /** The newest last. */
  readonly logged: readonly BuildRecord[];
  readonly local: readonly BuildRecord[];
  readonly log: OwnLog;
}

export interface WhyBuilds {
  /** The build whose inputs are laid beside this plan's; undefined where there is none to compare. */
  readonly compared: BuildRecord | undefined;
  readonly changes: readonly InputChange[];
  /** The causes, once it is known which files are behind the changes. */
  readonly causes: (changes: readonly ChangeWithFiles[]) => readonly Cause[];
}

/** Why a leg of a plan is built: what was asked for, what the log says, which inputs differ. */
export function whyBuilds(plan: Plan, leg: PlannedLeg, records: Records): WhyBuilds {
  const asked = whatWasAsked(leg);
  const standing = whatStands(plan, leg, records);
  if (standing !== undefined) return simply([...asked, standing]);
  const { logged } = records;
  const newest = logged.at(-1);
  if (newest === undefined) return simply([...asked, neverBuilt(leg, records)]);
  const same = logged.findLast(({ input }) => input.digest === leg.input.digest);
  const failed = newest.result === "failed" ? [failedBefore(newest)] : [];
  if (same !== undefined) {
    // What was not looked up may well be there.
    if (leg.bypass !== "none") return simply(asked);
    const gone = same.result === "failed" ? [failedBefore(same)] : [stagedGone(leg, same)];
    return simply([...asked, ...gone]);
  }
  // A build that failed may have had inputs that nobody built with since.
  const compared = logged.findLast(({ result }) => result === "built") ?? newest;
  const changes = inputChanges(compared.input, leg.input);
  return {
    compared,
    changes,
    causes: (found) => [...asked, ...changedInputs(leg, found, compared), ...failed],
  };
}

function simply(causes: readonly Cause[]): WhyBuilds {
  return { compared: undefined, changes: [], causes: () => causes };
}

function whatWasAsked({ bypass, reason, unpinned }: PlannedLeg): readonly Cause[] {
  if (bypass === "caches") {
    return [{ code: "caches-left-aside", text: "--cold was given: it builds without caches" }];
  }
  if (bypass === "none") return [];
  return unpinned.length > 0
    ? [{ code: "unpinned", text: reason }]
    : [{ code: "forced", text: "--force was given: it builds although it may be staged" }];
}

/** What keeps a staged leg from being found, whatever the log says. */
function whatStands(plan: Plan, leg: PlannedLeg, { log, local }: Records): Cause | undefined {
  if (leg.reason === unreadReason) {
    const told = plan.warnings.find((warning) => warning.startsWith(unreadReason));
    return { code: "registry-unreadable", text: told ?? unreadReason };
  }
  if (leg.staged === null) {
    return { code: "nowhere-to-stage", text: "no cache repository is configured" };
  }
  if (log.problem !== undefined) return { code: "log-unreadable", text: log.problem };
  // Why what its tag names is of no use.
  if (leg.bypass === "none" && leg.reason.includes(leg.staged.leg)) {
    return { code: "staged-leg-unusable", text: leg.reason };
  }
  const here = local.findLast(({ input }) => input.digest === leg.input.digest);
  if (here === undefined || log.records.some(({ input }) => input.digest === leg.input.digest)) {
    return undefined;
  }
  if (here.result === "failed") return failedBefore(here);
  return {
    code: "not-kept",
    text: `it was built here on ${dayOf(here)} from the same inputs, and not kept: that run could not write to the cache repository`,
  };
}

function neverBuilt(leg: PlannedLeg, { local }: Records): Cause {
  const before = local.length === 0 ? "" : " that was kept";
  return {
    code: "first-build",
    text: `its first build${before}: its log ${leg.staged?.log ?? ""} is empty (a build that was killed leaves none)`,
  };
}

function failedBefore(record: BuildRecord): Cause {
  const { failure } = record;
  const what =
    failure === null ? "" : `: ${failure.step === "" ? "" : `${failure.step}: `}${failure.error}`;
  const [first = ""] = what.split("\n");
  return { code: "failed-before", text: `its last build, of ${dayOf(record)}, failed${first}` };
}

function stagedGone({ staged }: PlannedLeg, record: BuildRecord): Cause {
  return {
    code: "staged-leg-gone",
    text: `built on ${dayOf(record)} from the same inputs, but ${staged?.leg ?? ""} is not in the registry any more (deleted, or its run died before staging it)`,
  };
}

function changedInputs(
  { build }: PlannedLeg,
  changes: readonly ChangeWithFiles[],
  compared: BuildRecord,
): readonly Cause[] {
  const since = `since the build of ${dayOf(compared)}`;
  if (changes.length === 0) {
    const text = `its inputs differ ${since} in what their parts do not show`;
    return [{ code: "other-input", text }];
  }
  return changes.map((change) => {
    const named = describeChange(change);
    // What is said already is not said again.
    const known = change.entries.map((entry) => posix.join(build.context, entry));
    const more = change.files.filter((file) => !named.includes(file) && !known.includes(file));
    const files = more.length === 0 ? "" : `: ${listSome(more)}`;
    return { code: change.kind, text: `changed ${since}: ${named}${files}` };
  });
}
