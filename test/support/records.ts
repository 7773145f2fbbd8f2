import { digestOf } from "../../src/oci/digest.ts";
import type { BuildRecord } from "../../src/pipeline/records/build-record.ts";

/** A build that read and wrote one cache. */
export function buildRecord({
  leg,
  startedAt,
  cache,
  written = "yes",
  cached = 0,
}: {
  readonly leg: string;
  readonly startedAt: string;
  /** A reference. */
  readonly cache: string;
  readonly written?: "yes" | "failed";
  /** Of four steps. */
  readonly cached?: number;
}): BuildRecord {
  const ref = { type: "registry", attributes: { ref: cache } } as const;
  const step = { name: "RUN", ms: 1, error: undefined };
  return {
    schema: "layerkeep.record.v1",
    leg,
    result: "built",
    startedAt,
    seconds: 1,
    input: { digest: digestOf(Buffer.from("")), parts: {} },
    commit: "",
    ref: "",
    run: null,
    steps: [1, 2, 3, 4].map((number) => ({ ...step, cached: number <= cached })),
    failure: null,
    digest: null,
    cache: { from: [ref], unread: [], to: [ref], written, trouble: null },
  };
}
