import { expect, it } from "vitest";
import type { BuildLogs, ListedBuild } from "../pipeline/logs/leg-logs.ts";
import { withoutMarks } from "./terminal/style.ts";
import { renderBuilds, renderLogs } from "./logs-report.ts";

const now = new Date("2026-11-21T06:30:00Z");
const build: ListedBuild = {
  leg: "core/linux/amd64",
  startedAt: "2026-11-21T04:05:06.789Z",
  seconds: 252,
  result: "built",
  commit: "0123456789abcdef",
  run: "https://ci.example/7",
  recorded: "log",
  steps: { cached: 3, all: 9 },
  failure: null,
};
const failed: BuildLogs = {
  ...build,
  seconds: 2,
  result: "failed",
  commit: "",
  run: null,
  recorded: "here",
  failure: { step: "[2/2] RUN b", error: "exit code: 1" },
  stepLogs: "kept",
  logs: [
    { step: "[1/2] RUN a", state: "cached", seconds: 0, log: "" },
    { step: "[2/2] RUN b", state: "failed", seconds: 1.25, log: "one\ntwo" },
    { step: "loading", state: "other", seconds: 0, log: "three" },
  ],
};

it("lists builds", () => {
  expect(renderBuilds([], now)).toBe("no builds are recorded");
  expect(withoutMarks(renderBuilds([build, failed], now))).toBe(
    `LEG               STARTED      STATE                      TOOK  CACHED  COMMIT
core/linux/amd64  2 hours ago  built                  4 m 12 s  3 of 9  0123456789ab
core/linux/amd64  2 hours ago  failed (this machine)     2.0 s  3 of 9`,
  );
});

it("fits the list to a terminal, wide characters too", () => {
  const wide = { ...failed, leg: "構築/linux/amd64" };
  expect(withoutMarks(renderBuilds([build, wide], now, { columns: 60 }))).toBe(
    `LEG               STARTED      STATE                    TOOK
core/linux/amd64  2 hours ago  built                4 m 12 s
構築/linux/amd64  2 hours ago  failed (this machi…     2.0 s`,
  );
});

it("prints steps with their lines below their build, and why it failed", () => {
  const ran: BuildLogs = {
    ...build,
    stepLogs: "none",
    logs: [{ step: "[2/2] RUN b", state: "ran", seconds: 3, log: "" }],
  };
  expect(renderLogs([ran, failed])).toBe(
    `core/linux/amd64, 2026-11-21 04:05: built in 4 m 12 s, commit 0123456789ab, https://ci.example/7
  [2/2] RUN b (3.0 s)

core/linux/amd64, 2026-11-21 04:05: failed after 2.0 s, recorded on this machine
  [1/2] RUN a (cached)
  [2/2] RUN b (failed after 1.3 s)
    one
    two
  loading
    three
  [2/2] RUN b: exit code: 1`,
  );
});

it.each([
  ["off", "the config has logs: false"],
  ["gone", "they are no longer stored"],
  ["unknown", "an older version built it"],
] as const)("says why there are no step logs: %s", (stepLogs, why) => {
  expect(renderLogs([{ ...build, stepLogs, logs: null }]).split("\n")[1]).toBe(
    `  no step logs: ${why}`,
  );
});
