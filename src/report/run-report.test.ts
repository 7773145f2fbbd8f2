import { expect, it } from "vitest";
import { planOf } from "../../test/support/plans.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Plan } from "../plan/plan.ts";
import { renderRun } from "./run-report.ts";

const made = planOf({
  cache: parseRepository("r.io/cache"),
  targets: [],
  platforms: ["linux/amd64"],
});
const target = (tags: readonly string[]) => ({
  repository: "r.io/app",
  tags: tags.map((tag) => ({ tag, order: "none" as const })),
  shape: "index" as const,
  annotations: {},
});
const shown = (changes: Partial<Plan>) => ({ plan: plan(changes), isPreview: false });
const plan = (changes: Partial<Plan>): Plan => ({
  ...made,
  cacheRepository: "r.io/cache",
  legs: made.legs.map((leg) => ({
    ...leg,
    cache: {
      from: [{ type: "registry", attributes: { ref: "r.io:5000/cache:a" } }],
      to: [{ type: "gha", attributes: { scope: "s" } }],
    },
  })),
  context: { ...made.context, provider: "github", event: "push", ref: "refs/heads/main" },
  ...changes,
});

it("names the event, the places that are read and written, and the tags", () => {
  const variants = made.variants.map((one) => ({ ...one, targets: [target(["main", "latest"])] }));
  expect(renderRun(shown({ variants }))).toEqual([
    "event: push, refs/heads/main (GitHub)",
    "caches: read from r.io:5000/cache; written to type=gha",
    "legs: staged in r.io/cache",
    "",
    "VARIANT  IMAGE     TAGS\napp      r.io/app  main, latest",
    "",
  ]);
});

it("names images without a tag, and says that nothing is published", () => {
  const variants = made.variants.map((one) => ({ ...one, targets: [target([])] }));
  expect(renderRun(shown({ variants })).join("\n")).toContain(
    "r.io/app  none: no tag rule applies",
  );
  const trust = { ...made.trust, publishes: false, writesLegs: false };
  expect(renderRun(shown({ variants, trust })).slice(-2)).toEqual([
    "legs: not staged",
    "publishes: nothing",
  ]);
  expect(renderRun(shown({ legs: [] })).slice(-1)).toEqual([
    "publishes: nothing, because no variant has a publish target",
  ]);
});

it("fits its table to a terminal", () => {
  const tags = Array.from({ length: 9 }, (_, at) => `tag-${at}`);
  const variants = made.variants.map((one) => ({ ...one, targets: [target(tags)] }));
  expect(renderRun(shown({ variants }), { columns: 40 }).at(-2)).toBe(
    "VARIANT  IMAGE     TAGS\napp      r.io/app  tag-0, tag-1, tag-2,…",
  );
});
