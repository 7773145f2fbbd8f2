import { posix } from "node:path";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { unreadReason } from "../stage/look-up-staged.ts";
import type { Cause } from "./cause.ts";
import { type ChangeWithFiles, describeWithFiles } from "./files-of-change.ts";
import { type InputChange, inputChanges } from "./input-changes.ts";
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
  /** The build whose inputs are compared with this plan's; undefined if there is none. */
  readonly compared: BuildRecord | undefined;
  readonly changes: readonly InputChange[];
  /** Returns the causes, given the files behind the changes. */
  readonly causes: (changes: readonly ChangeWithFiles[]) => readonly Cause[];
}

/** Why a leg of a plan is built: what was asked for, what the log has, which inputs differ. */
export function whyBuilds(plan: Plan, leg: PlannedLeg, records: Records): WhyBuilds {
  const asked = whatWasAsked(leg);
  const standing = whatStands(plan, leg, records);
  if (standing !== undefined) return simply([...asked, standing]);
  const { logged } = records;
  const newest = logged.at(-1);
  if (newest === undefined) return simply([...asked, neverBuilt(records)]);
  const same = logged.findLast(({ input }) => input.digest === leg.input.digest);
  const failed = newest.result === "failed" ? [failedBefore(newest)] : [];
  if (same !== undefined) {
    // It was not looked up, so it may well be staged.
    if (leg.bypass !== "none") return simply(asked);
    const gone = same.result === "failed" ? [failedBefore(same)] : [stagedGone(same)];
    return simply([...asked, ...gone]);
  }
  // A failed build may have had inputs that no other build had.
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
    return [{ code: "caches-left-aside", text: "the build ignores caches because of --cold" }];
  }
  if (bypass === "none") return [];
  return unpinned.length > 0
    ? [{ code: "unpinned", text: reason }]
    : [{ code: "forced", text: "the leg is built even if it is staged, because of --force" }];
}

/** What keeps a staged leg from being found, whatever the log has. */
function whatStands(plan: Plan, leg: PlannedLeg, { log, local }: Records): Cause | undefined {
  if (leg.reason === unreadReason) {
    const told = plan.warnings.find((warning) => warning.startsWith(unreadReason));
    return { code: "registry-unreadable", text: told ?? unreadReason };
  }
  if (leg.staged === null) {
    return { code: "nowhere-to-stage", text: "no cache repository is configured" };
  }
  if (leg.outdated !== undefined) return { code: "added-definition", text: leg.reason };
  if (log.problem !== undefined) return { code: "log-unreadable", text: log.problem };
  // The reason names the staged tag: its content is unusable.
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
    text: `built here on ${dayOf(here)} from the same inputs, but not kept: that run could not write to the cache repository`,
  };
}

function neverBuilt({ local }: Records): Cause {
  const before = local.length === 0 ? "" : " that was kept";
  return {
    code: "first-build",
    text: `first build${before}: its log is empty (an interrupted build leaves no record)`,
  };
}

function failedBefore(record: BuildRecord): Cause {
  const { failure } = record;
  const what =
    failure === null ? "" : `: ${failure.step === "" ? "" : `${failure.step}: `}${failure.error}`;
  const [first = ""] = what.split("\n");
  return { code: "failed-before", text: `its last build, on ${dayOf(record)}, failed${first}` };
}

function stagedGone(record: BuildRecord): Cause {
  return {
    code: "staged-leg-gone",
    text: `built on ${dayOf(record)} from the same inputs, but its staged leg is no longer in the registry (it was deleted, or that run ended before staging it)`,
  };
}

function changedInputs(
  { build }: PlannedLeg,
  changes: readonly ChangeWithFiles[],
  compared: BuildRecord,
): readonly Cause[] {
  const since = `since the build of ${dayOf(compared)}`;
  if (changes.length === 0) {
    const text = `its inputs changed ${since}, but the build records do not show how`;
    return [{ code: "other-input", text }];
  }
  return changes.map((change) => {
    // What is in the leg's own context is not repeated.
    const known = change.entries.map((entry) => posix.join(build.context, entry));
    const files = change.files.filter((file) => !known.includes(file));
    return {
      code: change.kind,
      text: `changed ${since}: ${describeWithFiles({ ...change, files })}`,
    };
  });
}
