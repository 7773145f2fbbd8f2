import { describe, expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { entriesOf, layersOf, type LogEntry, recordLayer, stepLogsLayer } from "./log-layers.ts";

const blob = (text: string, size = text.length): Pick<Descriptor, "digest" | "size"> => ({
  digest: digestOf(Buffer.from(text)),
  size,
});

/** A build with a number, and its step logs if they have a size. */
function entry(number: number, size?: number): LogEntry {
  const record = recordLayer(blob(`record ${number}`), `2026-11-21T04:${number}:00Z`);
  const stepLogs =
    size === undefined ? undefined : stepLogsLayer(blob(`logs ${number}`, size), record);
  return { record, stepLogs };
}

const kindsOf = (layers: readonly Descriptor[]): string[] =>
  layers.map(({ mediaType }) => mediaType.split(".")[2] ?? "");

describe("the layers of a log", () => {
  it("are step logs, then records, each the newest last", () => {
    const entries = [entry(1, 10), entry(2), entry(3, 30)];
    const layers = layersOf(entries);
    expect(layers).toEqual([
      entries[0]?.stepLogs,
      entries[2]?.stepLogs,
      ...entries.map(({ record }) => record),
    ]);
    expect(kindsOf(layers)).toEqual(["step-logs", "step-logs", "record", "record", "record"]);
    expect(entriesOf(layers)).toEqual(entries);
  });

  it("hold 50 builds, whose step logs have the time and the digest of their record", () => {
    const layers = layersOf(Array.from({ length: 60 }, (_, number) => entry(number, 1)));
    expect(layers).toHaveLength(100);
    expect(entriesOf(layers)[0]).toEqual(entry(10, 1));
    expect(layers[0]?.annotations).toEqual({
      "org.opencontainers.image.created": "2026-11-21T04:10:00Z",
      "org.layerkeep.record": digestOf(Buffer.from("record 10")),
    });
  });

  it("hold the newest step logs that fit into 8 MiB, and every record", () => {
    const kept = entriesOf(layersOf([entry(1, 1), entry(2, 3 << 20), entry(3, 5 << 20)]));
    expect(kept).toEqual([entry(1), entry(2, 3 << 20), entry(3, 5 << 20)]);
    const none = entriesOf(layersOf([entry(1, 1), entry(2, 9 << 20)]));
    expect(none.map(({ stepLogs }) => stepLogs)).toEqual([undefined, undefined]);
  });

  it("are read without those of other kinds, and of records that are gone", () => {
    const layers = layersOf([entry(1, 1), entry(2, 2)]);
    const other = { ...blob("x"), mediaType: "application/vnd.layerkeep.other.v1" };
    const left = [other, ...layers.filter(({ digest }) => digest !== entry(1).record.digest)];
    expect(entriesOf(left)).toEqual([entry(2, 2)]);
  });
});
