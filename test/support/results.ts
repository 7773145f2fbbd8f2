import type { LegResult } from "../../src/pipeline/build/build-leg.ts";

type Built = Exclude<LegResult, { outcome: "failed" }>;
type Failed = Extract<LegResult, { outcome: "failed" }>;

/** A leg that was built in 61.5 seconds and whose cache was written. */
export function builtLeg(changes: Partial<Built> = {}): Built {
  return {
    leg: "app/linux/amd64",
    outcome: "built",
    reason: "no leg with these inputs is staged",
    seconds: 61.5,
    digest: `sha256:${"a".repeat(64)}`,
    bytes: 1_500_000,
    steps: { cached: 2, all: 3 },
    cache: "yes",
    warnings: [],
    ...changes,
  };
}

/** A leg that was staged already. */
export function reusedLeg(changes: Partial<Built> = {}): Built {
  return builtLeg({
    outcome: "reused",
    reason: "staged with the same inputs",
    seconds: 0.2,
    steps: { cached: 0, all: 0 },
    cache: null,
    ...changes,
  });
}

/** A leg with a step that failed after 2 seconds. */
export function failedLeg(changes: Partial<Failed> = {}): Failed {
  return {
    leg: "app/linux/arm64",
    outcome: "failed",
    seconds: 2,
    error: new Error("the build failed"),
    step: { name: "[2/3] RUN make", error: "exit code: 2", log: ["cc a.c", "a.c:1: error"] },
    warnings: [],
    ...changes,
  };
}
