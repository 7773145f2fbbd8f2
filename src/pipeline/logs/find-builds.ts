import { count } from "../../count.ts";
import { messageOf } from "../../errors.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { readEntries, readRecord, readStepLogs } from "../records/build-log.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { type LogEntry, startOf } from "../records/log-layers.ts";
import type { StepLogs } from "../records/step-logs.ts";

/** A build that is recorded on this machine alone. */
export interface LocalBuild {
  readonly record: BuildRecord;
  /** Reads what its steps printed; undefined if that was not kept. */
  readonly stepLogs: () => Promise<StepLogs | undefined>;
}

/** A build of a leg, as it is recorded. */
export interface LoggedBuild extends LocalBuild {
  /** `here`: on this machine alone. */
  readonly recorded: "log" | "here";
}

/** A leg whose builds are looked for. */
export interface LegWithLog {
  readonly id: string;
  /** The log's reference; undefined if no registry has one. */
  readonly log: string | undefined;
}

export interface FindBuildsOptions {
  readonly client: RegistryClient;
  readonly localBuilds: (leg: LegWithLog) => readonly LocalBuild[];
  /** How many builds to find. */
  readonly last: number;
  /** Builds that failed alone. */
  readonly failed: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Receives a sentence for each record and log that is missing or malformed. */
  readonly onLost: (problem: string) => void;
}

/** A build before its record is read. */
interface Candidate {
  readonly startedAt: string;
  readonly read: () => Promise<LoggedBuild | undefined>;
}

const logsAtOnce = 32;
/** Records that are read at once, and how many are read in all to find builds that failed. */
const recordsAtOnce = 32;
const mostRecords = 1_000;

/**
 * The last builds of these legs, the newest first: of all legs together, not of each. Reads the
 * manifest of each log, and no more records than needed.
 */
export async function findBuilds(
  legs: readonly LegWithLog[],
  options: FindBuildsOptions,
): Promise<readonly LoggedBuild[]> {
  const newest = (await candidatesOf(legs, options))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
    .slice(0, mostRecords);
  const found: LoggedBuild[] = [];
  const size = options.failed ? recordsAtOnce : Math.min(recordsAtOnce, options.last);
  for (let at = 0; at < newest.length && found.length < options.last; at += size) {
    const read = await Promise.all(newest.slice(at, at + size).map((one) => one.read()));
    found.push(...read.flatMap((build) => build ?? []).filter((build) => isWanted(build, options)));
  }
  return found.slice(0, options.last);
}

function isWanted({ record }: LoggedBuild, { failed }: FindBuildsOptions): boolean {
  return !failed || record.result === "failed";
}

/** A log that cannot be read is an error only if nothing else is found. */
async function candidatesOf(
  legs: readonly LegWithLog[],
  options: FindBuildsOptions,
): Promise<Candidate[]> {
  const { client, localBuilds, signal, onLost } = options;
  const limit = createLimit(logsAtOnce);
  const errors: { readonly log: string; readonly error: unknown }[] = [];
  const logged = await Promise.all(
    legs.map(async ({ log }): Promise<readonly Candidate[]> => {
      if (log === undefined) return [];
      try {
        const entries = await limit(() => readEntries(client, log, signal));
        return entries.map((entry) => ({
          startedAt: startOf(entry.record),
          read: () => readEntry(log, entry, options),
        }));
      } catch (error) {
        if (signal?.aborted === true) throw error;
        errors.push({ log, error });
        return [];
      }
    }),
  );
  const local = legs.flatMap(localBuilds).map((build) => ({
    startedAt: build.record.startedAt,
    read: () => Promise.resolve({ ...build, recorded: "here" as const }),
  }));
  const all = [...logged.flat(), ...local];
  const [first] = errors;
  if (first === undefined) return all;
  if (all.length === 0) throw first.error;
  const others = errors.length - 1;
  const logs =
    others === 0 ? `the log ${first.log}` : `${first.log} and ${count(others, "other log")}`;
  onLost(`cannot read ${logs}: ${messageOf(first.error)}`);
  return all;
}

async function readEntry(
  log: string,
  { record: layer, stepLogs }: LogEntry,
  { client, signal, onLost }: FindBuildsOptions,
): Promise<LoggedBuild | undefined> {
  const options = { signal, onLost: (problem: string) => onLost(`${log}: ${problem}`) };
  const record = await readRecord(client, log, layer, options);
  if (record === undefined) return undefined;
  return {
    record,
    recorded: "log",
    stepLogs: async () =>
      stepLogs === undefined ? undefined : readStepLogs(client, log, stepLogs, options),
  };
}
