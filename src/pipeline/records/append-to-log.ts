import { RegistryError } from "../../errors.ts";
import { emptyContent, emptyDescriptor, renderArtifact } from "../../oci/artifact.ts";
import { digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { heldLayers } from "./build-log.ts";
import { type BuildRecord, logArtifactType } from "./build-record.ts";
import { entriesOf, layersOf, type LogEntry, recordLayer, stepLogsLayer } from "./log-layers.ts";

export interface AppendOptions {
  /** What the build's steps printed, as `packStepLogs` gives it. */
  readonly stepLogs?: Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Appends a record to a leg's log: an artifact whose layers are the last 50 records, the newest
 * last, and before them their step logs. Returns a warning if another build wrote at the same time
 * and one record was lost.
 */
export async function appendToLog(
  client: RegistryClient,
  log: string,
  record: BuildRecord,
  { stepLogs, signal }: AppendOptions = {},
): Promise<string | undefined> {
  const reference = parseReference(log);
  const own = blobOf(Buffer.from(JSON.stringify(record)), (blob) =>
    recordLayer(blob, record.startedAt),
  );
  const printed =
    stepLogs === undefined ? undefined : blobOf(stepLogs, (blob) => stepLogsLayer(blob, own.layer));
  const blobs = printed === undefined ? [own] : [own, printed];
  const entry = { record: own.layer, stepLogs: printed?.layer };
  const [held] = await Promise.all([
    heldLayers(client, reference, signal),
    ...blobs.map(({ layer, bytes }) => client.pushBlob(reference, layer, () => bytes, { signal })),
  ]);
  // An existing log already has its config in the registry.
  if (held.length === 0)
    await client.pushBlob(reference, emptyDescriptor, () => emptyContent, { signal });
  const put = putLog(client, reference, [...entriesOf(held), entry], signal);
  const written = await put.catch(async (error: unknown) => {
    if (!mayLackParts(error)) throw error;
    const left = await partsLeft(client, reference, held, signal);
    const empty = { layer: emptyDescriptor, bytes: emptyContent };
    for (const blob of [...blobs, empty]) await pushAgain(client, reference, blob, signal);
    return putLog(client, reference, [...entriesOf(left), entry], signal);
  });
  const standing = await client.headManifest(reference, { signal });
  if (standing?.digest === written.digest) return undefined;
  return `${log}: another build wrote its record at the same time, so one of the two records is lost`;
}

/** What is pushed, and its place in the manifest. */
interface LayerBlob {
  readonly layer: Descriptor;
  readonly bytes: Buffer;
}

function blobOf(
  bytes: Buffer,
  describe: (blob: Pick<Descriptor, "digest" | "size">) => Descriptor,
): LayerBlob {
  return { bytes, layer: describe({ digest: digestOf(bytes), size: bytes.length }) };
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
  { layer, bytes }: LayerBlob,
  signal: AbortSignal | undefined,
): Promise<void> {
  const there = await client.headBlob(reference, layer.digest, { fresh: true, signal });
  if (there === undefined) await client.pushBlob(reference, layer, () => bytes, { signal });
}

function putLog(
  client: RegistryClient,
  reference: Reference,
  entries: readonly LogEntry[],
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const artifact = renderArtifact({ artifactType: logArtifactType, layers: layersOf(entries) });
  return client.putManifest(reference, { ...artifact, tag: reference.tag }, { signal });
}
