import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { parseRepository } from "../../oci/reference.ts";
import { leaveOutFresh } from "./leave-out.ts";

it("skips the builds of legs whose bases have not moved, unless they were asked for", () => {
  const cache = parseRepository("ghcr.io/acme/cache");
  const variants = ["moved", "fresh", "staged", "forced"];
  const plan = planOf({ cache, targets: [], platforms: ["linux/amd64"], variants });
  const legs = plan.legs.map((leg) => ({
    ...leg,
    reason: "changed",
    action: leg.variant === "staged" ? ("reuse" as const) : ("build" as const),
    bypass: leg.variant === "forced" ? ("staged" as const) : ("none" as const),
  }));
  const left = leaveOutFresh({ ...plan, legs }, legs.slice(0, 1)).legs;
  expect(left.map(({ variant, action, reason }) => `${variant}: ${action}, ${reason}`)).toEqual([
    "moved: build, changed",
    "fresh: skip, its bases have not moved; changed",
    "staged: reuse, changed",
    "forced: build, changed",
  ]);
});
