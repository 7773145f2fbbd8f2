import { expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { renderCollected, renderCollectedEntry, summariseCollected } from "./collection-report.ts";

const [a, b, c] = [digestOf("a"), digestOf("b"), digestOf("c")];
const collected = [
  { repository: "acme/app", manifests: [a], blobs: [b, c], bytes: 1_500_000 },
  { repository: "cache", manifests: [], blobs: [a], bytes: 999 },
];

it("shows what was deleted from each repository", () => {
  expect(renderCollected(collected)).toBe(
    [
      "REPOSITORY  MANIFESTS  BLOBS     SIZE",
      "acme/app            1      2  1.50 MB",
      "cache               0      1    999 B",
      "",
    ].join("\n"),
  );
});

it("summarises it in one line", () => {
  expect(summariseCollected(collected, "deleted")).toBe("deleted 1 manifest and 3 blobs, 1.50 MB");
  expect(summariseCollected([], "would delete")).toBe("nothing to delete");
});

it("writes a log line for each repository", () => {
  const time = new Date("2026-11-21T10:00:00Z");
  const lines = collected.map((one) => [
    renderCollectedEntry(one, "text", time),
    JSON.parse(renderCollectedEntry(one, "json", time)) as unknown,
  ]);
  const at = "2026-11-21T10:00:00.000Z";
  expect(lines).toEqual([
    [
      `${at} acme/app: deleted 1 manifest and 2 blobs, 1.50 MB\n`,
      {
        time: at,
        level: "info",
        collected: { repository: "acme/app", manifests: [a], blobs: 2, bytes: 1_500_000 },
      },
    ],
    [
      `${at} cache: deleted 0 manifests and 1 blob, 999 B\n`,
      {
        time: at,
        level: "info",
        collected: { repository: "cache", manifests: [], blobs: 1, bytes: 999 },
      },
    ],
  ]);
});
