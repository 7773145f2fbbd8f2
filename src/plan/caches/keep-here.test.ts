import { describe, expect, test } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { keepHere, writtenElsewhere } from "./keep-here.ts";
import type { CacheRef, Plan } from "../plan.ts";

const host = "127.0.0.1:20001";
const home = `${host}/app-0123`;
const plan = planOf({
  cache: { host, path: "app-0123" },
  targets: ["ghcr.io/acme/app", "localhost:5000/acme/app"],
  platforms: ["linux/amd64"],
});

function withCaches(made: Plan, to: readonly CacheRef[]): Plan {
  return { ...made, legs: made.legs.map((leg) => ({ ...leg, cache: { from: [], to } })) };
}

const caches: readonly CacheRef[] = [
  { type: "registry", attributes: { ref: `${home}:cache-app` } },
  { type: "registry", attributes: { ref: "ghcr.io/acme/cache:app" } },
  { type: "inline", attributes: {} },
  { type: "local", attributes: { dest: "cache" } },
  { type: "s3", attributes: { bucket: "acme" } },
];

describe("a local run that writes to this machine's registry alone", () => {
  test("publishes under the targets' names there, and says so", () => {
    const kept = keepHere(withCaches(plan, []), host);
    expect(
      kept.variants[0]?.targets.map(({ repository, insteadOf }) => [repository, insteadOf]),
    ).toEqual([
      [`${host}/ghcr.io/acme/app`, "ghcr.io/acme/app"],
      [`${host}/localhost-5000/acme/app`, "localhost:5000/acme/app"],
    ]);
    expect(kept.warnings).toEqual([
      "not publishing to ghcr.io/acme/app, localhost:5000/acme/app: outside CI, this needs --write. The images are in this machine's registry",
    ]);
  });

  test("writes no cache elsewhere", () => {
    const kept = keepHere({ ...withCaches(plan, caches), variants: [] }, host);
    expect(kept.legs[0]?.cache.to.map(({ type }) => type)).toEqual(["registry", "inline", "local"]);
    expect(kept.warnings).toEqual([
      "not writing caches of type=registry, type=s3: outside CI, this needs --write",
    ]);
  });
});

describe("a plan from a file", () => {
  const kept = keepHere(withCaches(plan, caches), host);
  const [leg] = kept.legs;
  const [variant] = kept.variants;
  if (leg?.staged === null || leg === undefined || variant === undefined) throw new Error("no leg");
  const { staged } = leg;

  test("that keeps to the registry writes nothing elsewhere", () => {
    expect(writtenElsewhere(kept, home)).toBeUndefined();
  });

  test.each<[string, Partial<Plan>, string]>([
    ["no cache repository", { cacheRepository: null }, "no cache repository"],
    ["another cache repository", { cacheRepository: `${home}2` }, `${home}2`],
    [
      "a leg staged elsewhere",
      { legs: [{ ...leg, staged: { ...staged, leg: "ghcr.io/acme/cache:leg" } }] },
      "ghcr.io/acme/cache:leg",
    ],
    [
      "a leg staged in a repository with a longer name",
      { legs: [{ ...leg, staged: { ...staged, log: `${home}-more:log` } }] },
      `${home}-more:log`,
    ],
    ["a preview", { legs: [{ ...leg, preview: "ghcr.io/acme/pr:1" }] }, "ghcr.io/acme/pr:1"],
    [
      "a cache in another registry",
      { legs: [{ ...leg, cache: { from: [], to: caches.slice(1, 2) } }] },
      "ghcr.io/acme/cache:app",
    ],
    [
      "a cache that is no registry's",
      { legs: [{ ...leg, cache: { from: [], to: caches.slice(4) } }] },
      "a cache of type s3",
    ],
    ["a target", { variants: plan.variants }, "ghcr.io/acme/app"],
  ])("may name %s", (_, changes, named) => {
    expect(writtenElsewhere({ ...kept, ...changes }, home)).toBe(named);
  });
});
