import { FormatError } from "../errors.ts";
import { digestOf } from "../oci/digest.ts";
import type { Descriptor, ImageManifest } from "../oci/manifest.ts";
import { mediaTypes } from "../oci/media-types.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import type { RegistryClient } from "../registry/client.ts";
import {
  type BuildRecord,
  logArtifactType,
  parseBuildRecord,
  recordMediaType,
} from "./build-record.ts";

/** Records that a log holds. */
export const longestLog = 50;
const largestRecord = 1 << 20;
const empty = Buffer.from("{}");

const emptyConfig: Descriptor = {
  mediaType: mediaTypes.ociEmpty,
  digest: digestOf(empty),
  size: empty.length,
};

/**
 * Appends a record to a leg's log: an artifact whose layers are the last 50 records, the newest
 * last. Gives a warning where another build wrote at the same time and one record was lost.
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
  // A log that stands has its config there.
  if (held.length === 0) await client.pushBlob(reference, emptyConfig, () => empty, { signal });
  const written = await putLog(client, reference, [...held, layer], signal);
  const standing = await client.headManifest(reference, { signal });
  if (standing?.digest === written.digest) return undefined;
  return `${log}: another build wrote its record at the same time; one of the two is lost`;
}

/** The records of a leg's log, the newest last; none where there is no log. */
export async function readLog(
  client: RegistryClient,
  log: string,
  options: { readonly last?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly BuildRecord[]> {
  const reference = parseReference(log);
  const layers = await heldLayers(client, reference, options.signal);
  const wanted = layers.slice(-(options.last ?? longestLog));
  const { signal } = options;
  return Promise.all(
    wanted.map(async (layer) =>
      parseBuildRecord(await client.readBlob(reference, layer, largestRecord, { signal })),
    ),
  );
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
  const content: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: logArtifactType,
    config: emptyConfig,
    layers: layers.slice(-longestLog),
  };
  const bytes = Buffer.from(JSON.stringify(content));
  const { tag } = reference;
  return client.putManifest(
    reference,
    { bytes, mediaType: mediaTypes.ociManifest, tag },
    { signal },
  );
}
