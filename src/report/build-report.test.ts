import { describe, expect, test } from "vitest";
import { CommandError, EngineError } from "../errors.ts";
import { digestOf } from "../oci/digest.ts";
import type { LegEvent } from "../pipeline/build-legs.ts";
import type { LegResult } from "../pipeline/build-leg.ts";
import type { Plan } from "../plan/plan.ts";
import { createBuildDisplay } from "./build-display.ts";
import { legWarnings, renderFailure, renderLegResults, summariseLegs } from "./build-report.ts";
import { renderSummary } from "./markdown.ts";

const built: LegResult = {
  leg: "core/linux/amd64",
  outcome: "built",
  reason: "no leg with these inputs is staged",
  digest: digestOf("a"),
  bytes: 1_085_366,
  steps: { cached: 1, all: 3 },
  cache: "failed",
  seconds: 1.23,
  warnings: ["the cache was not written: 403"],
};

const reused: LegResult = {
  ...built,
  leg: "core/linux/arm64",
  outcome: "reused",
  reason: "staged with the same inputs",
  steps: { cached: 0, all: 0 },
  cache: null,
  seconds: 0.01,
  warnings: [],
};

const failed = {
  leg: "gpu/linux/amd64",
  outcome: "failed",
  error: new CommandError({ argv: ["buildx"], exitCode: 1, purpose: "build of gpu" }),
  step: { name: "[2/3] RUN make", error: "exit code: 2", log: ["cc a.c", "no such file"] },
  seconds: 61,
  warnings: [],
} as const satisfies LegResult;

test("a line a leg; a cache that was not written is loud", () => {
  expect(renderLegResults([built, reused, failed])).toBe(
    `LEG               RESULT  CACHED      TIME     SIZE  CACHE        WHY
core/linux/amd64  built      1/3     1.2 s  1.09 MB  NOT WRITTEN  no leg with these inputs is staged
core/linux/arm64  reused             0.0 s  1.09 MB               staged with the same inputs
gpu/linux/amd64   failed          1 m 01 s                        [2/3] RUN make: exit code: 2`,
  );
  expect(summariseLegs([built, reused, failed])).toBe("3 legs: 1 built, 1 reused, 1 failed");
  expect(summariseLegs([])).toBe("0 legs: nothing to do");
  expect(legWarnings([built, reused])).toEqual([
    "core/linux/amd64: the cache was not written: 403",
  ]);
});

describe("a failure is told", () => {
  test("with the step and the end of its log", () => {
    expect(renderFailure(failed)).toBe(
      "gpu/linux/amd64 failed: step [2/3] RUN make\n  | cc a.c\n  | no such file\nexit code: 2",
    );
  });

  test("with what to try, made harmless", () => {
    const error = new EngineError("the engine \u001b[31mwent away\n::error::x", {
      hint: "start it",
    });
    expect(renderFailure({ ...failed, error, step: null })).toBe(
      "gpu/linux/amd64 failed: the engine went away\n: :error::x\ntry: start it",
    );
  });

  test("with its stack where it is our bug", () => {
    const error = new TypeError("x is not a function");
    const told = renderFailure({ ...failed, error, step: null });
    expect(told).toContain("gpu/linux/amd64 failed: TypeError: x is not a function\n    at ");
    expect(told).toMatch(/\ntry: this is a bug in layerkeep; please report it$/);
  });
});

test("the summary of a CI job has the table and every warning, and nothing of it turns into markup", () => {
  const plan = {
    trust: { level: "trusted", reason: "push on main" },
    warnings: ["<img src=x> is not pinned"],
  } as unknown as Plan;
  const odd: LegResult = { ...reused, reason: "a|b `c` [d](e)\n*f*" };
  expect(renderSummary([built, odd], plan)).toBe(`### Layerkeep

2 legs: 1 built, 1 reused. Trust: trusted (push on main).

| leg | result | cached | time | size | cache | why |
|---|---|--:|--:|--:|---|---|
| core/linux/amd64 | built | 1/3 | 1.2 s | 1.09 MB | NOT WRITTEN | no leg with these inputs is staged |
| core/linux/arm64 | reused |  | 0.0 s | 1.09 MB |  | a\\|b \\\`c\\\` \\[d\\](e) \\*f\\* |

- ⚠ &lt;img src=x> is not pinned
- ⚠ core/linux/amd64: the cache was not written: 403

`);
});

describe("the display", () => {
  const events: LegEvent[] = [
    { type: "started", leg: "a" },
    { type: "progress", leg: "a", step: "[1/2] RUN x", done: 0, cached: 0, lines: [] },
    { type: "progress", leg: "a", step: "[1/2] RUN x", done: 1, cached: 1, lines: [] },
    { type: "ended", result: { ...built, leg: "a" } },
    { type: "ended", result: { ...failed, leg: "b" } },
  ];

  function show(columns: number | undefined, quiet = false): string {
    let shown = "";
    const display = createBuildDisplay({
      write: (text) => (shown += text),
      columns: () => columns,
      now: () => 0,
      quiet,
    });
    for (const event of events) display.onEvent(event);
    display.close();
    return shown;
  }

  test("is plain lines where there is no terminal, a step once", () => {
    expect(show(undefined)).toBe(`a | looking
a | [1/2] RUN x
a | built in 1.2 s, 1 of 3 steps cached
b | failed after 1 m 01 s
b failed: step [2/3] RUN make
  | cc a.c
  | no such file
exit code: 2
`);
  });

  test("is the failures alone where it is quiet", () => {
    expect(show(undefined, true)).toBe(
      "b failed: step [2/3] RUN make\n  | cc a.c\n  | no such file\nexit code: 2\n",
    );
  });

  test("redraws on a terminal, and leaves the lines of what ended", () => {
    const kept = show(40).replaceAll(/\u001b\[\d+[AJ]/g, "");
    expect(kept).toContain("a  built in 1.2 s, 1 of 3 steps cached\n");
    expect(kept).toContain("b  failed after 1 m 01 s\nb failed: step [2/3] RUN make\n");
  });
});
