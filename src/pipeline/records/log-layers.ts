import type { Descriptor } from "../../oci/manifest.ts";
import { recordMediaType } from "./build-record.ts";
import { stepLogsMediaType } from "./step-logs.ts";

/** How many records a log holds. */
export const longestLog = 50;
/** Bytes of all step logs in a log, compressed. */
const mostStepLogBytes = 8 << 20;

const createdAnnotation = "org.opencontainers.image.created";
/** The digest of the record that step logs belong to. */
const recordAnnotation = "org.layerkeep.record";

/** One build in a leg's log. */
export interface LogEntry {
  readonly record: Descriptor;
  /** Undefined if none are kept. */
  readonly stepLogs: Descriptor | undefined;
}

/** When a build started, in RFC 3339; empty if the log does not say it. */
export function startOf({ annotations }: Descriptor): string {
  return annotations?.[createdAnnotation] ?? "";
}

export function recordLayer(blob: Pick<Descriptor, "digest" | "size">, start: string): Descriptor {
  return { mediaType: recordMediaType, ...blob, annotations: { [createdAnnotation]: start } };
}

export function stepLogsLayer(
  blob: Pick<Descriptor, "digest" | "size">,
  record: Descriptor,
): Descriptor {
  const annotations = {
    [createdAnnotation]: startOf(record),
    [recordAnnotation]: record.digest,
  };
  return { mediaType: stepLogsMediaType, ...blob, annotations };
}

/** The builds in a log, the newest last. Layers of other kinds are ignored. */
export function entriesOf(layers: readonly Descriptor[]): readonly LogEntry[] {
  const stepLogs = new Map(
    layers
      .filter(({ mediaType }) => mediaType === stepLogsMediaType)
      .map((layer) => [layer.annotations?.[recordAnnotation], layer]),
  );
  return layers
    .filter(({ mediaType }) => mediaType === recordMediaType)
    .map((record) => ({ record, stepLogs: stepLogs.get(record.digest) }));
}

/**
 * The layers of a log that holds at most the last 50 builds, and of their step logs the newest that
 * fit into 8 MiB. Records come last: versions that do not know step logs read from the end.
 */
export function layersOf(entries: readonly LogEntry[]): readonly Descriptor[] {
  const kept = entries.slice(-longestLog);
  let bytes = 0;
  const stepLogs = kept
    .toReversed()
    .flatMap(({ stepLogs }) => stepLogs ?? [])
    .filter(({ size }) => (bytes += size) <= mostStepLogBytes);
  return [...stepLogs.reverse(), ...kept.map(({ record }) => record)];
}
