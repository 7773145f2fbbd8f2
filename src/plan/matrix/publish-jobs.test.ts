import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import type { PlannedLeg } from "../plan.ts";
import { planPublishJobs } from "./publish-jobs.ts";

function planned(count: number, actions: Readonly<Record<string, PlannedLeg["action"]>> = {}) {
  const plan = planOf({
    cache: { host: "ghcr.io", path: "c" },
    targets: ["ghcr.io/acme/{name}"],
    platforms: ["linux/amd64"],
    variants: Array.from({ length: count }, (_, index) => `v${index}`),
  });
  const legs = plan.legs.map((leg) => ({ ...leg, action: actions[leg.variant] ?? leg.action }));
  return { ...plan, legs };
}

const sizes = (count: number, most: number): number[] =>
  planPublishJobs(planned(count), { most }).include.map(
    ({ variants }) => variants.split(" ").length,
  );

it.each([
  [1, 8, [1]],
  [63, 8, [63]],
  [64, 8, [32, 32]],
  [100, 8, [34, 34, 32]],
  [500, 2, [250, 250]],
  [0, 8, []],
])("%i variants in at most %i jobs", (count, most, expected) => {
  expect(sizes(count, most)).toEqual(expected);
});

it("leaves out variants with a skipped leg, and those without a tag", () => {
  const plan = planned(3, { v1: "skip" });
  const variants = plan.variants.map((variant) =>
    variant.name === "v2"
      ? { ...variant, targets: variant.targets.map((target) => ({ ...target, tags: [] })) }
      : variant,
  );
  expect(planPublishJobs({ ...plan, variants }, { most: 8 })).toEqual({
    include: [{ variants: "v0" }],
  });
});

it("takes only what is built again if bases moved", () => {
  const plan = planned(3, { v1: "build", v2: "skip" });
  expect(planPublishJobs(plan, { most: 8, moved: true })).toEqual({
    include: [{ variants: "v1" }],
  });
});

it("is empty if the run publishes nothing", () => {
  const plan = planned(2);
  const trust = { ...plan.trust, publishes: false };
  expect(planPublishJobs({ ...plan, trust }, { most: 8 })).toEqual({ include: [] });
});
