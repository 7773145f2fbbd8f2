import { expect, it } from "vitest";
import type { MountOutcome } from "../../pipeline/mounts/mount-outcome.ts";
import { describeMount } from "./mount-lines.ts";

const plain = { id: "go", steps: { ran: 1, seconds: 2 }, seconds: 4.31 };
const cases: [Omit<MountOutcome, "id" | "steps" | "seconds"> & { seconds?: number }, string][] = [
  [
    {
      before: "filled",
      filled: { bytes: 1_200_000_000, fetched: 3_000_000 },
      after: "saved",
      saved: { bytes: 1_300_000_000, sent: 5_000 },
      won: 17.02,
    },
    "filled with 1.20 GB (3.00 MB fetched), 17.0 s won; saved, 5.00 kB sent; took 4.3 s",
  ],
  [
    { before: "same", after: "read-only", won: -1 },
    "the builder already has what is saved, nothing won (1.0 s slower); not saved, since this run may not write caches; took 4.3 s",
  ],
  [
    { before: "unsaved", after: "not-run" },
    "nothing is saved yet, but the builder has something; not saved, since no step that uses it ran; took 4.3 s",
  ],
  [
    { before: "empty", after: "empty" },
    "nothing is saved yet; not saved, since it is empty; took 4.3 s",
  ],
  [
    { before: "cold", after: "later", seconds: 0 },
    "empty, since --cold was given; saved with another leg",
  ],
  [
    { before: "aside", after: "aside", seconds: 0 },
    "left aside, since it cost more time than it won in the last three builds",
  ],
  [{ before: "failed", after: "failed" }, "not filled; not saved; took 4.3 s"],
];

it.each(cases)("%j", (outcome, text) => {
  expect(describeMount({ ...plain, ...outcome })).toBe(`cache mount go: ${text}`);
});
