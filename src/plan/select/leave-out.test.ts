import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Plan, PlannedLeg } from "../plan.ts";
import { keepChosen, withoutSkipped } from "./leave-out.ts";

/** A plan to build these variants, but for the leg that is staged. */
function planned(...variants: string[]): Plan {
  const cache = parseRepository("ghcr.io/acme/cache");
  const plan = planOf({
    cache,
    targets: ["ghcr.io/acme/app"],
    platforms: ["linux/amd64"],
    variants,
  });
  const legs = plan.legs.map(
    (leg): PlannedLeg => ({
      ...leg,
      reason: "changed",
      action: leg.variant === "staged" ? "reuse" : "build",
      bypass: leg.variant === "forced" ? "staged" : "none",
    }),
  );
  return { ...plan, legs };
}

const actions = ({ legs }: Plan): readonly string[] =>
  legs.map(({ variant, action, reason }) => `${variant}: ${action}, ${reason}`);
const ids = (...names: string[]): ReadonlySet<string> =>
  new Set(names.map((name) => `${name}/linux/amd64`));

it("skips the builds of legs that a flag does not select, unless they were asked for", () => {
  const plan = planned("moved", "fresh", "staged", "forced");
  const narrowings = [{ ids: ids("moved"), otherwise: "its base images have not changed" }];
  const kept = keepChosen(plan, { named: undefined, narrowings });
  expect(actions(kept)).toEqual([
    "moved: build, changed",
    "fresh: skip, its base images have not changed; changed",
    "staged: reuse, changed",
    "forced: build, changed",
  ]);
  expect(kept.variants).toEqual(plan.variants);
});

it("skips what is not named, even if it was asked for, and publishes only what is named", () => {
  const plan = planned("api", "web", "staged", "forced");
  const narrowings = [{ ids: ids("web"), otherwise: "its last build did not fail" }];
  const kept = keepChosen(plan, { named: ids("api", "web"), narrowings });
  expect(actions(kept)).toEqual([
    "api: skip, its last build did not fail; changed",
    "web: build, changed",
    "staged: reuse, changed",
    "forced: skip, not selected; changed",
  ]);
  expect(kept.variants.map(({ name }) => name)).toEqual(["api", "web"]);
  expect(withoutSkipped(kept).variants.map(({ name }) => name)).toEqual(["web"]);
});
