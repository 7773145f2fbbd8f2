import { describe, expect, it } from "vitest";
import type { CachedStep, Inspection } from "../../cache/use/inspect.ts";
import { digestOf } from "../../oci/digest.ts";
import { renderInspection } from "./cache-report.ts";

const digest = digestOf(Buffer.from("x"));
const now = new Date("2026-11-21T04:00:00Z");
const step: CachedStep = {
  record: "sha256:0123",
  otherKeys: 1,
  name: "[build 3/5] RUN npm ci",
  place: "server/Dockerfile:12",
  depth: 2,
  bytes: 1_500_000,
  blobs: [digest],
  createdAt: "2026-11-18T03:00:00Z",
};
const inspection: Inspection = {
  form: "image-manifest",
  digest,
  size: { manifest: 400, config: 500, blobs: 1_510_000 },
  records: 3,
  results: 2,
  layers: 2,
  blobs: 2,
  depth: 2,
  ends: 1,
  oldest: "2026-11-18T03:00:00Z",
  newest: "2026-11-21T03:30:00Z",
  mediaTypes: {},
  steps: [
    step,
    { ...step, place: null, bytes: 5_000 },
    { ...step, name: null, place: null, bytes: 400, createdAt: null },
  ],
  problems: [],
};

describe("a cache for people", () => {
  it("has steps by their lines and names, with ages", () => {
    const view = { top: 10, digests: false, now };
    expect(renderInspection("server/linux/amd64", inspection, view)).toBe(`server/linux/amd64
  image-manifest
  3 records, 2 with a result, up to 2 levels deep; 2 layers, 2 blobs, 1.51 MB
  manifest 400 B, config 500 B (BuildKit's import limit: 1.05 MB for each)
  created 3 days ago to 30 minutes ago

   ADDS  DEPTH  MADE        STEP
1.50 MB      2  3 days ago  server/Dockerfile:12 RUN npm ci
5.00 kB      2  3 days ago  [build 3/5] RUN npm ci
  400 B      2              ?
1 step without a name: no build in the log ran it, or there is no log; use --digests to show cache keys`);
  });

  it("has digests and keys if they are asked for", () => {
    const shown = renderInspection("x", inspection, { top: 10, digests: true, now }).split("\n");
    expect(shown[1]).toBe(`  image-manifest, ${digest}`);
    expect(shown.slice(-3).map((line) => line.slice(28))).toEqual([
      "server/Dockerfile:12 RUN npm ci (key sha256:0123 and 1 other)",
      "[build 3/5] RUN npm ci (key sha256:0123 and 1 other)",
      "key sha256:0123 and 1 other",
    ]);
  });
});
