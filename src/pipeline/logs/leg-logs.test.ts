import { describe, expect, it } from "vitest";
import { buildRecord } from "../../../test/support/records.ts";
import type { BuildRecord } from "../records/build-record.ts";
import type { PrintedStep } from "../records/step-logs.ts";
import { logsOfBuild, type WantedSteps } from "./leg-logs.ts";
import { parseStepSelector } from "./step-selector.ts";

const plain = buildRecord({
  leg: "core/linux/amd64",
  startedAt: "2026-11-21T04:00:00Z",
  cache: "ghcr.io/acme/cache:core",
});
const step = { cached: false, ms: 1500, error: undefined };
const failed: BuildRecord = {
  ...plain,
  result: "failed",
  stepLogs: "kept",
  steps: [
    { ...step, name: "[a 2/3] RUN x", cached: true, ms: 0 },
    { ...step, name: "[b 2/2] RUN y", error: "exit code: 1" },
    { ...step, name: "[b 2/2] RUN y" },
  ],
  failure: { step: "[b 2/2] RUN y", error: "exit code: 1" },
};
const printed: readonly PrintedStep[] = [
  { step: "loading", log: "l" },
  { step: "[b 2/2] RUN y", log: "y1" },
  { step: "[b 2/2] RUN y", log: "y2" },
];

const all: WantedSteps = { step: undefined, failed: false };
const shown = (record: BuildRecord, wanted: Partial<WantedSteps>, logs?: typeof printed) =>
  logsOfBuild(
    { record, recorded: "log", stepLogs: () => Promise.resolve(undefined) },
    logs === undefined ? undefined : { schema: "layerkeep.step-logs.v1", steps: logs },
    { ...all, ...wanted },
  );

describe("the logs of a build", () => {
  it("are its steps with what they printed, then what else printed something", () => {
    const { logs, steps, stepLogs } = shown(failed, {}, printed);
    expect(logs).toEqual([
      { step: "[a 2/3] RUN x", state: "cached", seconds: 0, log: "" },
      { step: "[b 2/2] RUN y", state: "failed", seconds: 1.5, log: "y1" },
      { step: "[b 2/2] RUN y", state: "ran", seconds: 1.5, log: "y2" },
      { step: "loading", state: "other", seconds: 0, log: "l" },
    ]);
    expect([steps, stepLogs]).toEqual([{ cached: 1, all: 3 }, "kept"]);
  });

  it("are narrowed to a step, or else to the one that failed", () => {
    const names = (wanted: Partial<WantedSteps>): readonly string[] | undefined =>
      shown(failed, wanted, printed).logs?.map(({ log }) => log);
    expect(names({ step: parseStepSelector("2") })).toEqual(["", "y1", "y2"]);
    expect(names({ step: parseStepSelector("a 2") })).toEqual([""]);
    expect(names({ failed: true })).toEqual(["y1", "y2"]);
    expect(names({ step: parseStepSelector("a 2"), failed: true })).toEqual([""]);
    const before = { ...failed, failure: { step: "loading", error: "no" } };
    expect(shown(before, { failed: true }, printed).logs).toEqual([
      { step: "loading", state: "failed", seconds: 0, log: "l" },
    ]);
  });

  it.each([
    ["off", "off", null],
    ["kept", "gone", null],
    [undefined, "unknown", null],
    ["none", "none", 4],
  ] as const)("are told apart if nothing is stored: %s", (state, expected, count) => {
    const found = shown(state === undefined ? plain : { ...plain, stepLogs: state }, {});
    expect([found.stepLogs, found.logs?.length ?? null]).toEqual([expected, count]);
  });
});
