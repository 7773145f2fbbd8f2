import { FormatError, IntegrityError, messageOf, RegistryError } from "../../errors.ts";
import { emptyContent, emptyDescriptor, renderArtifact } from "../../oci/artifact.ts";
import { digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import {
  type BuildRecord,
  logArtifactType,
  parseBuildRecord,
  recordMediaType,
} from "./build-record.ts";

/** How many records a log holds. */
export const longestLog = 50;
const largestRecord = 1 << 20;

/**
 * Appends a record to a leg's log: an artifact whose layers are the last 50 records, the newest
 * last. Returns a warning if another build wrote at the same time and one record was lost.
 */
export async function appendToLog(
  client: RegistryClient,
  log: string,
  record: BuildRecord,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const reference = parseReference(log);
  const bytes = Buffer.from(JSON.stringify(record));
  const layer: Descriptor = {
    mediaType: recordMediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    annotations: { "org.opencontainers.image.created": record.startedAt },
  };
  const [held] = await Promise.all([
    heldLayers(client, reference, signal),
    client.pushBlob(reference, layer, () => bytes, { signal }),
  ]);
  // An existing log already has its config in the registry.
  if (held.length === 0)
    await client.pushBlob(reference, emptyDescriptor, () => emptyContent, { signal });
  const put = putLog(client, reference, [...held, layer], signal);
  const written = await put.catch(async (error: unknown) => {
    if (!mayLackParts(error)) throw error;
    const left = await partsLeft(client, reference, held, signal);
    await pushAgain(client, reference, layer, bytes, signal);
    await pushAgain(client, reference, emptyDescriptor, emptyContent, signal);
    return putLog(client, reference, [...left, layer], signal);
  });
  const standing = await client.headManifest(reference, { signal });
  if (standing?.digest === written.digest) return undefined;
  return `${log}: another build wrote its record at the same time, so one of the two records is lost`;
}

export interface ReadLogOptions {
  /** How many of the newest to read. */
  readonly last?: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives a sentence for each record that is missing or malformed; it is skipped. */
  readonly onLost?: (problem: string) => void;
}

/** Reads the records of a leg's log, the newest last; empty if there is no log. */
export async function readLog(
  client: RegistryClient,
  log: string,
  options: ReadLogOptions = {},
): Promise<readonly BuildRecord[]> {
  const reference = parseReference(log);
  const layers = await heldLayers(client, reference, options.signal);
  const wanted = layers.slice(-(options.last ?? longestLog));
  const found = await Promise.all(
    wanted.map((layer) => readRecord(client, reference, layer, options)),
  );
  return found.filter((record) => record !== undefined);
}

/** Undefined if it was collected or is not a record. One of them does not cost the others. */
async function readRecord(
  client: RegistryClient,
  reference: Reference,
  layer: Descriptor,
  { signal, onLost }: ReadLogOptions,
): Promise<BuildRecord | undefined> {
  try {
    return parseBuildRecord(await client.readBlob(reference, layer, largestRecord, { signal }));
  } catch (error) {
    const gone = error instanceof RegistryError && error.status === 404;
    if (!gone && !(error instanceof FormatError || error instanceof IntegrityError)) throw error;
    const when = layer.annotations?.["org.opencontainers.image.created"] ?? layer.digest;
    const why = gone ? "is no longer in the registry" : `cannot be read: ${messageOf(error)}`;
    onLost?.(`the record of ${when} ${why}`);
    return undefined;
  }
}

/** Whether a manifest may have been refused because a blob that it names was collected. */
function mayLackParts(error: unknown): boolean {
  return error instanceof RegistryError && [400, 404, 422].includes(error.status ?? 0);
}

async function partsLeft(
  client: RegistryClient,
  reference: Reference,
  layers: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const there = await Promise.all(
    layers.map(({ digest }) => client.headBlob(reference, digest, { fresh: true, signal })),
  );
  return layers.filter((_, index) => there[index] !== undefined);
}

/** Pushes a blob that this client may have pushed before, and that may have been deleted since. */
async function pushAgain(
  client: RegistryClient,
  reference: Reference,
  blob: Descriptor,
  bytes: Buffer,
  signal: AbortSignal | undefined,
): Promise<void> {
  const there = await client.headBlob(reference, blob.digest, { fresh: true, signal });
  if (there === undefined) await client.pushBlob(reference, blob, () => bytes, { signal });
}

async function heldLayers(
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

function putLog(
  client: RegistryClient,
  reference: Reference,
  layers: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const artifact = renderArtifact({
    artifactType: logArtifactType,
    layers: layers.slice(-longestLog),
  });
  return client.putManifest(reference, { ...artifact, tag: reference.tag }, { signal });
}
