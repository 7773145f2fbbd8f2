import { expect, it } from "vitest";
import type { MountOutcome } from "./mount-outcome.ts";
import { ranSteps } from "./ran-steps.ts";
import { weighMount } from "./weigh-mount.ts";

const outcome = (changes: Partial<MountOutcome>): readonly MountOutcome[] => [
  {
    id: "go",
    before: "filled",
    steps: { ran: 1, seconds: 5 },
    after: "saved",
    seconds: 10,
    ...changes,
  },
];
const loss = outcome({ won: 9 });
const gain = outcome({ won: 11 });

it("takes a mount for a loss if it cost more than it won in the last three builds", () => {
  const isLoss = (...builds: (readonly MountOutcome[])[]) => weighMount("go", builds).isLoss;
  expect(isLoss(loss, loss)).toBe(false);
  expect(isLoss(loss, loss, loss)).toBe(true);
  expect(isLoss(gain, loss, loss, loss)).toBe(true);
  expect(isLoss(loss, loss, gain)).toBe(false);
  // Builds that tell nothing of it: of another mount, without its steps, or without a comparison.
  const others = [
    outcome({ id: "x", won: 50 }),
    outcome({ steps: { ran: 0, seconds: 0 } }),
    outcome({}),
  ];
  expect(isLoss(loss, loss, ...others)).toBe(false);
  expect(isLoss(loss, loss, ...others, loss, outcome({ before: "aside" }))).toBe(true);
});

it("compares with the last build that had nothing in it", () => {
  const without = (before: MountOutcome["before"], seconds: number) =>
    outcome({ before, steps: { ran: 1, seconds } });
  const builds = [without("empty", 60), without("cold", 50), gain];
  expect(weighMount("go", builds).secondsWithout).toBe(50);
  expect(weighMount("go", [gain]).secondsWithout).toBeUndefined();
});

it("finds the steps that use a mount and ran to their end by their names", () => {
  const step = (name: string, changes = {}) => ({
    ...{ name, cached: false, ms: 1500, error: undefined },
    ...changes,
  });
  const go = "RUN --mount=type=cache,id=go,target=/go --network=none make";
  const steps = [
    step(`[build 2/9] ${go}`),
    step(`[build 3/9] RUN  --network=none --mount=target=/x --mount=type=cache,id=go,dst=/g ls`),
    step(`[build 4/9] ${go}`, { cached: true, ms: 0 }),
    step(`[build 5/9] ${go}`, { error: "exit code: 1" }),
    step("[build 6/9] RUN --mount=type=cache,target=go ls"),
    step("[build 7/9] RUN echo --mount=type=cache,id=go,target=/go"),
    step(`[build 8/9] RUN --mount=type=secret,id=go ls`),
    step(`[build 9/9] RUN --mount=type=cache,"id=a b",target=/go ls`),
  ];
  expect(ranSteps({ id: "go" }, steps)).toEqual({ ran: 3, seconds: 4.5 });
  expect(ranSteps({ id: "/none" }, steps)).toEqual({ ran: 0, seconds: 0 });
});
