import { describe, expect, it } from "vitest";
import { builtLeg, failedLeg, reusedLeg } from "../../../test/support/results.ts";
import { withoutMarks } from "../terminal/style.ts";
import { EngineError, UsageError } from "../../errors.ts";
import {
  legRow,
  legWarnings,
  renderFailure,
  renderLegResults,
  summariseLegs,
  summariseRun,
} from "./build-report.ts";

describe("legRow", () => {
  it.each([
    [
      "a built leg",
      builtLeg(),
      [
        "app/linux/amd64",
        "built",
        "2/3",
        "1 m 02 s",
        "1.50 MB",
        "written",
        "no leg with these inputs is staged",
      ],
    ],
    [
      "a reused leg, without any step run",
      reusedLeg(),
      ["app/linux/amd64", "reused", "", "0.2 s", "1.50 MB", "", "staged with the same inputs"],
    ],
    [
      "a checked leg, which is not kept",
      builtLeg({ outcome: "checked", bytes: 0, cache: "not-asked", reason: "r" }),
      ["app/linux/amd64", "checked", "2/3", "1 m 02 s", "", "", "r"],
    ],
    [
      "a cache that was not written",
      builtLeg({ cache: "failed", reason: "r" }),
      ["app/linux/amd64", "built", "2/3", "1 m 02 s", "1.50 MB", "NOT WRITTEN", "r"],
    ],
    [
      "a failed step",
      failedLeg(),
      ["app/linux/arm64", "failed", "", "2.0 s", "", "", "[2/3] RUN make: exit code: 2"],
    ],
    [
      "another failure, its first line",
      failedLeg({ step: null, error: new Error("one\ntwo") }),
      ["app/linux/arm64", "failed", "", "2.0 s", "", "", "one"],
    ],
  ])("of %s", (_, result, row) => expect(legRow(result)).toEqual(row));
});

describe("renderLegResults", () => {
  it("has a line for each leg", () => {
    expect(withoutMarks(renderLegResults([reusedLeg(), failedLeg()])).split("\n")).toEqual([
      "LEG              RESULT  CACHED   TIME     SIZE  CACHE  WHY",
      "app/linux/amd64  reused          0.2 s  1.50 MB         staged with the same inputs",
      "app/linux/arm64  failed          2.0 s                  [2/3] RUN make: exit code: 2",
    ]);
  });
});

it("many reused legs share a line, and the table fits the page", () => {
  const many = Array.from({ length: 292 }, (_, at) => reusedLeg({ leg: `v${at}/linux/amd64` }));
  const table = withoutMarks(renderLegResults([...many, builtLeg()], { columns: 60 }));
  expect(table.split("\n")).toEqual([
    "LEG              RESULT  CACHED      TIME  WHY",
    "app/linux/amd64  built      2/3  1 m 02 s  no leg with thes…",
    "292 legs         reused                    staged with the…",
  ]);
});

describe("summariseLegs", () => {
  it("counts the legs by result", () => {
    const results = [
      reusedLeg(),
      builtLeg(),
      failedLeg(),
      builtLeg(),
      builtLeg({ outcome: "checked" }),
    ];
    expect(summariseLegs(results)).toBe("5 legs: 1 reused, 2 built, 1 checked, 1 failed");
    expect(summariseLegs([reusedLeg()])).toBe("1 leg: 1 reused");
    expect(summariseLegs([])).toBe("0 legs: nothing to do");
  });
});

describe("summariseRun", () => {
  const reused = (saved?: number) => reusedLeg(saved === undefined ? {} : { saved });

  it("says how long the run took, and what was saved if that is known of each reused leg", () => {
    const all = [...Array.from({ length: 8 }, () => reused(22.5)), builtLeg()];
    expect(summariseRun(all, 12)).toBe("8 reused, 1 built in 12.0 s; about 3 min saved");
    expect(summariseRun([...all, reused()], 12)).toBe("9 reused, 1 built in 12.0 s");
    expect(summariseRun([builtLeg(), failedLeg()], 125)).toBe("1 built, 1 failed in 2 m 05 s");
    expect(summariseRun([], 1)).toBe("nothing to do");
  });
});

describe("legWarnings", () => {
  it("names the leg of each warning, failed legs included", () => {
    const results = [builtLeg({ warnings: ["one", "two"] }), failedLeg({ warnings: ["three"] })];
    expect(legWarnings(results)).toEqual([
      "app/linux/amd64: one",
      "app/linux/amd64: two",
      "app/linux/arm64: three",
    ]);
  });
});

describe("renderFailure", () => {
  it("prints the step, its last output, and its error", () => {
    expect(renderFailure(failedLeg({ error: new UsageError("x") }))).toBe(
      "app/linux/arm64 failed: step [2/3] RUN make\n  | cc a.c\n  | a.c:1: error\nexit code: 2",
    );
  });

  it("prints what to try", () => {
    const error = new EngineError("the engine went away", { hint: "start Docker" });
    expect(renderFailure(failedLeg({ step: null, error }))).toBe(
      "app/linux/arm64 failed: the engine went away\nhint: start Docker",
    );
  });

  it("prints the stack of a bug of ours", () => {
    const error = new TypeError("x is undefined");
    const told = renderFailure(failedLeg({ step: null, error }));
    expect(told).toContain("TypeError: x is undefined\n    at ");
    expect(told).toMatch(/\nhint: this is a bug in Layerkeep; please report it$/);
  });

  it("makes the build's output harmless", () => {
    const step = { name: "[1/1] RUN x", error: "e", log: ["\u001b[31mred", "##[error]x"] };
    const told = renderFailure(failedLeg({ step, error: new EngineError("x") }));
    expect(told.split("\n").slice(1)).toEqual(["  | red", "  | # #[error]x", "e"]);
  });
});
