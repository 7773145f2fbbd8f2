import type { MountOutcome } from "../mounts/mount-outcome.ts";
import type { BuildRecord } from "../records/build-record.ts";
import type { PrintedStep, StepLogs } from "../records/step-logs.ts";
import type { LoggedBuild } from "./find-builds.ts";
import { orderSteps } from "./order-steps.ts";
import { selectsStep, type StepSelector } from "./step-selector.ts";

/** A build of a leg, as `logs` lists it. */
export interface ListedBuild {
  readonly leg: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly result: BuildRecord["result"];
  readonly commit: string;
  readonly run: string | null;
  /** `here`: its record is only on this machine. */
  readonly recorded: LoggedBuild["recorded"];
  readonly steps: { readonly cached: number; readonly all: number };
  readonly failure: BuildRecord["failure"];
}

/** A build with what its steps printed. */
export interface BuildLogs extends ListedBuild {
  /**
   * What became of what its steps printed: as in the record, `gone` if it was kept and is no longer
   * stored, or `unknown` if an older version built it.
   */
  readonly stepLogs: NonNullable<BuildRecord["stepLogs"]> | "gone" | "unknown";
  /** What became of the cache mounts that are kept; omitted if there are none. */
  readonly mounts?: readonly MountOutcome[];
  /** Null if what its steps printed was not kept, or is gone. */
  readonly logs: readonly StepOfBuild[] | null;
}

export interface StepOfBuild {
  /** As BuildKit names it: `[build 3/5] RUN make`. */
  readonly step: string;
  /** `other`: not an instruction, such as the export of the image. */
  readonly state: "ran" | "cached" | "failed" | "other";
  readonly seconds: number;
  /** Lines; empty if it printed nothing. May contain SGR sequences (colours). */
  readonly log: string;
}

/** Which of a build's steps are wanted. */
export interface WantedSteps {
  /** Undefined: all. */
  readonly step: StepSelector | undefined;
  /** Without a `step`: the one that failed alone. */
  readonly failed: boolean;
}

export function listBuild({ record, recorded }: LoggedBuild): ListedBuild {
  const { leg, startedAt, seconds, result, commit, run, steps, failure } = record;
  const cached = steps.filter((step) => step.cached).length;
  const counts = { cached, all: steps.length };
  return { leg, startedAt, seconds, result, commit, run, recorded, steps: counts, failure };
}

/** Joins a build's steps with what they printed. */
export function logsOfBuild(
  build: LoggedBuild,
  stepLogs: StepLogs | undefined,
  wanted: WantedSteps,
): BuildLogs {
  const { record } = build;
  const kept = record.stepLogs ?? "unknown";
  const state = kept === "kept" && stepLogs === undefined ? "gone" : kept;
  const steps =
    state === "kept" || state === "none" ? joinSteps(record, stepLogs?.steps ?? []) : null;
  return {
    ...listBuild(build),
    stepLogs: state,
    ...(record.mounts === undefined ? {} : { mounts: record.mounts }),
    logs: steps?.filter((step) => isWanted(step, record, wanted)) ?? null,
  };
}

/** The record's steps, then whatever else printed something. */
function joinSteps(
  { steps, failure }: BuildRecord,
  printed: readonly PrintedStep[],
): readonly StepOfBuild[] {
  const left = [...printed];
  const instructions = steps.map(({ name, cached, ms, error }): StepOfBuild => {
    const at = left.findIndex(({ step }) => step === name);
    const [own] = at < 0 ? [] : left.splice(at, 1);
    const state = cached ? "cached" : error === undefined ? "ran" : "failed";
    return { step: name, state, seconds: ms / 1000, log: own?.log ?? "" };
  });
  const others = left.map(({ step, log }): StepOfBuild => {
    const state = failure?.step === step ? "failed" : "other";
    return { step, state, seconds: 0, log };
  });
  return [...orderSteps(instructions), ...others];
}

/** Steps that were cancelled because another failed count as failed, but are not the one. */
function isWanted({ step }: StepOfBuild, { failure }: BuildRecord, wanted: WantedSteps): boolean {
  if (wanted.step !== undefined) return selectsStep(wanted.step, step);
  return !wanted.failed || step === failure?.step;
}
