import { expect, it } from "vitest";
import { sketched } from "../../../test/support/sketched-plan.ts";
import { UsageError } from "../../errors.ts";
import { planShards } from "./shards.ts";
import { withRunners } from "./runners.ts";

const plan = sketched([
  { name: "app", platforms: ["linux/amd64", "linux/arm64", "linux/arm/v7"] },
  { name: "own", platforms: ["linux/arm64"], runners: ["big-arm"] },
]);

it("gives each leg without a runner that of its platform, or of any other", () => {
  const { legs } = withRunners(plan, { "linux/aarch64": "arm", "*": "other" });
  expect(legs.map(({ id, runner }) => `${id}: ${runner ?? "none"}`)).toEqual([
    "app/linux/amd64: other",
    "app/linux/arm64: arm",
    "app/linux/arm/v7: other",
    "own/linux/arm64: big-arm",
  ]);
});

it("keeps legs of different runners in different jobs", () => {
  const runners = { "linux/arm64": "arm", "*": "x64" };
  const [shard] = planShards(withRunners(plan, runners), { durations: new Map(), maxJobs: 3 });
  expect(shard?.include.map(({ runner }) => runner).sort()).toEqual(["arm", "big-arm", "x64"]);
});

it("leaves a runner open if nothing names one, and refuses a platform that does not exist", () => {
  expect(withRunners(plan, {}).legs[0]?.runner).toBeNull();
  expect(() => withRunners(plan, { "linux/amd46": "x" })).toThrow(UsageError);
});
