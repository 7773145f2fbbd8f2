import { type OwnLog } from "./why-builds.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { messageOf } from "../../errors.ts";
import { readLog } from "../records/build-log.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { type CacheFinding, lookAtCaches } from "./cache-finding.ts";
import type { Cause } from "./cause.ts";
import { type MissedStep, missedSteps } from "./cold-steps.ts";
import {
  type ChangeWithFiles,
  describeWithFiles,
  type FilesOfChange,
  withFiles,
} from "./files-of-change.ts";
import { type InputChange, inputChanges } from "./input-changes.ts";
import type { StageModel } from "./stage-model.ts";
import { whyBuilds } from "./why-builds.ts";

/** Why a leg builds, and why its last build went as it did. */
export interface LegExplanation {
  readonly leg: string;
  readonly action: PlannedLeg["action"];
  /** One line: the first cause of the build, or that the leg is staged. */
  readonly summary: string;
  /** Why it builds, the most telling cause first; empty for a leg that is reused. */
  readonly causes: readonly Cause[];
  /** What differs from the compared build, and when that was; null if there is none. */
  readonly inputs: {
    readonly since: string;
    readonly commit: string;
    readonly changes: readonly (InputChange & { readonly files: readonly string[] })[];
  } | null;
  readonly last: LastBuild | null;
  /** The caches that its next build would read. */
  readonly caches: readonly CacheFinding[];
  /** What could not be found out. */
  readonly notes: readonly string[];
}

export interface LastBuild {
  /** RFC 3339. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly result: BuildRecord["result"];
  readonly commit: string;
  readonly run: string | null;
  /** `here`: its record is only on this machine. */
  readonly recorded: "log" | "here";
  readonly steps: { readonly cached: number; readonly all: number };
  /** Whether a step ran that a cache should have saved. */
  readonly cold: boolean;
  readonly missed: readonly MissedStep[];
  /** Seconds spent in the steps that ran. */
  readonly cost: number;
  readonly failure: BuildRecord["failure"];
}

export interface ExplainServices {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  /** Reads a leg's log. */
  readonly logOf: (leg: PlannedLeg) => Promise<OwnLog>;
  /** This leg's records that are only on this machine, the newest last. */
  readonly localRecords: (leg: PlannedLeg) => readonly BuildRecord[];
  /** Model of the leg's Dockerfile; undefined if it cannot be read. */
  readonly modelOf: (leg: PlannedLeg) => Promise<StageModel | undefined>;
  /** The files behind a changed part, by git; undefined if git cannot find them. */
  readonly filesOf: FilesOfChange;
}

/**
 * Explains a leg by its log, the current caches, and git. What cannot be read is listed in `notes`.
 */
export async function explainLeg(
  plan: Plan,
  leg: PlannedLeg,
  services: ExplainServices,
): Promise<LegExplanation> {
  const { client, signal } = services;
  const local = services.localRecords(leg);
  const [log, caches] = await Promise.all([
    services.logOf(leg),
    lookAtCaches(client, leg.cache.from, signal),
  ]);
  const logged = log.records;
  const why = leg.action !== "build" ? undefined : whyBuilds(plan, leg, { logged, local, log });
  const changes = why?.changes ?? [];
  const model = changes.length === 0 ? undefined : await services.modelOf(leg);
  const own = await withFiles(leg, why?.compared, changes, services.filesOf, model);
  const files = await withParents(plan, own, services);
  const causes = why === undefined ? [] : why.causes(files);
  const last = await explainLast(leg, logged, local, caches, services);
  return {
    leg: leg.id,
    action: leg.action,
    summary: causes[0]?.text ?? leg.reason,
    causes,
    inputs:
      why?.compared === undefined
        ? null
        : { since: why.compared.startedAt, commit: why.compared.commit, changes: files },
    last,
    caches,
    notes: log.problem === undefined ? [] : [log.problem],
  };
}

/** Whether a leg that the user did not name is worth reporting. */
export function isTelling({ action, last }: LegExplanation): boolean {
  return action === "build" || last?.cold === true;
}

/** Adds to each parent that changed what changed in it since the leg was built on it. */
async function withParents(
  plan: Plan,
  changes: readonly ChangeWithFiles[],
  services: ExplainServices,
): Promise<readonly ChangeWithFiles[]> {
  return Promise.all(
    changes.map(async (change) => {
      const parent = plan.legs.find(({ id }) => id === change.leg);
      if (parent === undefined || change.before === null) return change;
      const { records } = await services.logOf(parent);
      const built = records.findLast(({ input }) => input.digest === change.before);
      if (built === undefined) return change;
      const own = inputChanges(built.input, parent.input);
      const found = await withFiles(parent, built, own, services.filesOf, undefined);
      const causes = await withParents(plan, found, services);
      return { ...change, files: causes.map(describeWithFiles) };
    }),
  );
}

/** Reads the last records of logs, of each log once: a parent's is asked for by every child. */
export function createLogReader(
  client: RegistryClient,
  options: { readonly last: number; readonly signal: AbortSignal },
): ExplainServices["logOf"] {
  const known = new Map<string, Promise<OwnLog>>();
  return (leg) => {
    const read = known.get(leg.id) ?? readOwnLog(leg, client, options);
    known.set(leg.id, read);
    return read;
  };
}

async function readOwnLog(
  { staged }: PlannedLeg,
  client: RegistryClient,
  { last, signal }: { readonly last: number; readonly signal: AbortSignal },
): Promise<OwnLog> {
  if (staged === null) return { records: [], problem: "nothing is staged, so there is no log" };
  try {
    return { records: await readLog(client, staged.log, { last, signal }), problem: undefined };
  } catch (error) {
    if (signal.aborted) throw error;
    return { records: [], problem: `the log ${staged.log} cannot be read: ${messageOf(error)}` };
  }
}

async function explainLast(
  leg: PlannedLeg,
  logged: readonly BuildRecord[],
  local: readonly BuildRecord[],
  caches: readonly CacheFinding[],
  { modelOf }: ExplainServices,
): Promise<LastBuild | null> {
  const all = [...logged, ...local].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const build = all.pop();
  if (build === undefined) return null;
  const sameFile = build.input.parts["dockerfile"] === leg.input.parts["dockerfile"];
  const model = sameFile ? await modelOf(leg) : undefined;
  const missed = missedSteps(build, { earlier: all.reverse(), model, caches });
  return {
    startedAt: build.startedAt,
    seconds: build.seconds,
    result: build.result,
    commit: build.commit,
    run: build.run,
    recorded: logged.includes(build) ? "log" : "here",
    steps: { cached: build.steps.length - missed.length, all: build.steps.length },
    cold: isCold(missed),
    missed,
    cost: missed.reduce((sum, { seconds }) => sum + seconds, 0),
    failure: build.failure,
  };
}

/** Why a step has to run, whatever the caches are like. */
const expectedCodes: ReadonlySet<string> = new Set([
  "files",
  "argument",
  "parent",
  "base-image",
  "syntax-image",
  "remote-source",
  "epoch",
  "dockerfile",
  "other-input",
  "first-build",
  "failed-before",
  "caches-left-aside",
]);

/** Whether a step ran that a cache should have saved: none of its inputs changed since a build. */
export function isCold(missed: readonly MissedStep[]): boolean {
  return missed.some(({ cause }) => cause !== null && !expectedCodes.has(cause.code));
}
