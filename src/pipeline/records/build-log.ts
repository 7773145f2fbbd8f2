import { FormatError, IntegrityError, messageOf, RegistryError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { type BuildRecord, logArtifactType, parseBuildRecord } from "./build-record.ts";
import { entriesOf, type LogEntry, longestLog, startOf } from "./log-layers.ts";
import { largestStepLogs, type StepLogs, unpackStepLogs } from "./step-logs.ts";

const largestRecord = 1 << 20;

export interface ReadLogOptions {
  /** How many of the newest to read. */
  readonly last?: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives a sentence for each record that is missing or malformed; it is skipped. */
  readonly onLost?: (problem: string) => void;
}

export type ReadPartOptions = Pick<ReadLogOptions, "signal" | "onLost">;

/** Reads the records of a leg's log, the newest last; empty if there is no log. */
export async function readLog(
  client: RegistryClient,
  log: string,
  options: ReadLogOptions = {},
): Promise<readonly BuildRecord[]> {
  const entries = await readEntries(client, log, options.signal);
  const wanted = entries.slice(-(options.last ?? longestLog));
  const found = await Promise.all(
    wanted.map(({ record }) => readRecord(client, log, record, options)),
  );
  return found.filter((record) => record !== undefined);
}

/** The builds in a leg's log, the newest last; empty if there is no log. */
export async function readEntries(
  client: RegistryClient,
  log: string,
  signal?: AbortSignal,
): Promise<readonly LogEntry[]> {
  return entriesOf(await heldLayers(client, parseReference(log), signal));
}

/** Undefined if it was collected or is not a record. One of them does not cost the others. */
export function readRecord(
  client: RegistryClient,
  log: string,
  layer: Descriptor,
  options: ReadPartOptions,
): Promise<BuildRecord | undefined> {
  const read = async (): Promise<BuildRecord> =>
    parseBuildRecord(await client.readBlob(parseReference(log), layer, largestRecord, options));
  return unlessLost(`the record of ${startOf(layer) || layer.digest}`, read, options);
}

/** What the steps of a build printed. Undefined if it was collected or cannot be read. */
export function readStepLogs(
  client: RegistryClient,
  log: string,
  layer: Descriptor,
  options: ReadPartOptions,
): Promise<StepLogs | undefined> {
  const read = async (): Promise<StepLogs> =>
    unpackStepLogs(await client.readBlob(parseReference(log), layer, largestStepLogs, options));
  return unlessLost(`the step log of ${startOf(layer) || layer.digest}`, read, options);
}

async function unlessLost<Part>(
  name: string,
  read: () => Promise<Part>,
  { onLost }: ReadPartOptions,
): Promise<Part | undefined> {
  try {
    return await read();
  } catch (error) {
    const gone = error instanceof RegistryError && error.status === 404;
    if (!gone && !(error instanceof FormatError || error instanceof IntegrityError)) throw error;
    onLost?.(
      `${name} ${gone ? "is no longer in the registry" : `cannot be read: ${messageOf(error)}`}`,
    );
    return undefined;
  }
}

/** The layers of a leg's log, records and others; empty if there is no log. */
export async function heldLayers(
  client: RegistryClient,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const found = await client.getManifest(reference, { signal });
  if (found === undefined) return [];
  const { manifest } = found;
  if (manifest.kind !== "manifest" || manifest.content.artifactType !== logArtifactType) {
    throw new FormatError(`${reference.tag ?? ""} in ${reference.path} is not a build log`);
  }
  return manifest.content.layers;
}
