import { describe, expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import type { Claims } from "../../../config/claims.ts";
import type { CacheRef, Plan } from "../../../plan/plan.ts";
import type { Answer, Trust } from "../../../trust/context.ts";
import { holdScratch } from "./scratch.ts";

const scratch = "quay.io/acme/scratch";
const inScratch: CacheRef = { type: "registry", attributes: { ref: `${scratch}:cache.pr-5` } };
const own: CacheRef = { type: "registry", attributes: { ref: "quay.io/acme/cache:cache" } };
const made = planOf({
  cache: { host: "quay.io", path: "acme/cache" },
  targets: [],
  platforms: ["linux/amd64"],
});
const untrusted: Trust = { ...made.trust, level: "untrusted", writesScratch: true };
const plan: Plan = {
  ...made,
  trust: untrusted,
  scratch,
  legs: made.legs.map((leg) => ({ ...leg, cache: { from: [inScratch, own], to: [inScratch] } })),
  warnings: ["another"],
};
const claims: Claims = {
  default: undefined,
  release: [],
  writeOnTags: false,
  credentials: [],
  previews: [],
  scratch,
};

const held = async (answer: Answer<Claims>, trust = untrusted, given = plan) => {
  const after = await holdScratch(given, { trust, outsideClaims: () => Promise.resolve(answer) });
  return {
    scratch: after.scratch,
    cache: after.legs[0]?.cache,
    warnings: after.warnings,
  };
};
const kept = { scratch, cache: plan.legs[0]?.cache, warnings: ["another"] };
const without = (why: string) => ({
  scratch: null,
  cache: { from: [own], to: [] },
  warnings: ["another", `cache.scratch is ignored: the default branch's config ${why}`],
});

describe("the scratch repository of an untrusted run", () => {
  it("counts if the default branch's config names it", async () => {
    expect(await held({ value: claims })).toEqual(kept);
  });

  it("is neither written nor read if the default branch's config names another one or none", async () => {
    const why = without(`does not name ${scratch}`);
    expect(await held({ value: { ...claims, scratch: undefined } })).toEqual(why);
    expect(await held({ value: { ...claims, scratch: `${scratch}2` } })).toEqual(why);
  });

  it("is neither written nor read if the default branch's config cannot be read", async () => {
    expect(await held({ problem: "no origin" })).toEqual(
      without(`could not be read (no origin), and must name ${scratch}, too`),
    );
  });

  it("does not count for an untrusted plan in a trusted run either", async () => {
    const trusted: Trust = { ...untrusted, level: "trusted" };
    expect(await held({ problem: "no origin" }, trusted)).toMatchObject({ scratch: null });
  });
});

it.each([
  ["a local run", { ...untrusted, level: "local" } as const, plan],
  ["a trusted plan", untrusted, { ...plan, trust: made.trust }],
  ["a plan without scratch", untrusted, { ...plan, scratch: null }],
])("the default branch is not asked for %s", async (_, trust, given) => {
  const outsideClaims = () => Promise.reject(new Error("asked"));
  expect(await holdScratch(given, { trust, outsideClaims })).toBe(given);
});
