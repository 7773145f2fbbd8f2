import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { parseRepository } from "../../oci/reference.ts";
import { renderPlanSummary } from "./plan-summary.ts";

const cache = parseRepository("ghcr.io/acme/cache");
const plan = planOf({ cache, targets: [], platforms: ["linux/amd64", "linux/arm64"] });

it("has the legs to build, and how many others there are", () => {
  const [first, ...rest] = plan.legs;
  if (first === undefined) throw new Error("no leg");
  const built = { ...first, action: "build" as const, reason: "a|b", runner: "ubuntu-24.04" };
  const epoch = { arg: "EPOCH", value: "2026-W47" };
  expect(renderPlanSummary({ ...plan, legs: [built, ...rest], epoch, warnings: ["<x>"] })).toBe(
    `### Plan

2 legs: 1 to build, 1 already staged. Epoch: 2026-W47. Trust: trusted (a test).

| leg to build | runner | why |
|---|---|---|
| app/linux/amd64 | ubuntu-24.04 | a\\|b |

- ⚠ &lt;x>

`,
  );
});

it("has no table if there is nothing to build", () => {
  expect(renderPlanSummary(plan)).toBe(
    "### Plan\n\n2 legs: 0 to build, 2 already staged. Trust: trusted (a test).\n\n",
  );
});
