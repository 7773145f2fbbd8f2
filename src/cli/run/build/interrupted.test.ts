import { expect, it } from "vitest";
import { builtLeg, failedLeg, reusedLeg } from "../../../../test/support/results.ts";
import { sketched } from "../../../../test/support/sketched-plan.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import { interrupted } from "./interrupted.ts";

const { legs } = sketched([
  { name: "a", platforms: ["linux/amd64"], reused: ["linux/amd64"] },
  { name: "b", platforms: ["linux/amd64", "linux/arm64"] },
]);

it.each<[string, readonly LegResult[], string]>([
  ["nothing is known", [], "1 of 3 legs staged, to be reused"],
  [
    "a leg was built and one reused",
    [reusedLeg({ leg: "a/linux/amd64" }), builtLeg({ leg: "b/linux/amd64" })],
    "2 of 3 legs staged, to be reused (built: b/linux/amd64)",
  ],
  [
    "a leg was only checked, and the staged one had gone",
    [failedLeg({ leg: "a/linux/amd64" }), builtLeg({ leg: "b/linux/amd64", outcome: "checked" })],
    "0 of 3 legs staged",
  ],
])("counts as staged what is, if %s", (_, results, text) => {
  const signal = AbortSignal.abort(new Error("interrupted by SIGINT"));
  expect(interrupted(signal, legs, results).message).toBe(
    `interrupted by SIGINT: ${text}. Run the same command again to continue`,
  );
});
