import type { StepLog } from "../../buildkit/progress/progress.ts";
import { messageOf } from "../../errors.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { Mask } from "../../secrets.ts";
import { appendToLog } from "./append-to-log.ts";
import type { BuildRecord } from "./build-record.ts";
import { maskRecord } from "./mask-record.ts";
import { keepStepLogs, packStepLogs } from "./step-logs.ts";

export interface KeepOptions {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  /** Replaces secrets in what is kept. */
  readonly mask: Mask;
  /** Whether to keep what the steps print. */
  readonly keepLogs: boolean;
  readonly writeLocalRecord: WriteLocalRecord;
}

/**
 * Stores a build in a context that may not write to the registry: its record and, if they are kept,
 * the step logs as `packStepLogs` gives them.
 */
export type WriteLocalRecord = (record: BuildRecord, stepLogs?: Buffer) => Promise<void>;

interface KeptBuild {
  readonly record: BuildRecord;
  readonly logs: readonly StepLog[];
}

/**
 * Stores the record of a build and its step logs, without secrets as far as they are known or can
 * be recognised. A build that cannot be stored is no failure: returns why.
 */
export async function keepBuild(
  plan: Plan,
  leg: PlannedLeg,
  { record, logs }: KeptBuild,
  { client, signal, mask, keepLogs, writeLocalRecord }: KeepOptions,
): Promise<string | undefined> {
  try {
    const state = !keepLogs ? "off" : logs.length === 0 ? "none" : "kept";
    const kept: BuildRecord = { ...maskRecord(record, mask), stepLogs: state };
    const stepLogs = state === "kept" ? await packStepLogs(keepStepLogs(logs, mask)) : undefined;
    if (plan.trust.writesLegs && leg.staged !== null) {
      return await appendToLog(client, leg.staged.log, kept, { stepLogs, signal });
    }
    await writeLocalRecord(kept, stepLogs);
    return undefined;
  } catch (error) {
    return `could not write the build record: ${messageOf(error)}`;
  }
}
