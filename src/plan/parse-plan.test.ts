import { describe, expect, test } from "vitest";
import { parsePlan } from "./parse-plan.ts";

const minimal = {
  schema: "layerkeep.plan.v1",
  layerkeep: "0.1.0",
  createdAt: "2026-11-21T05:00:00Z",
  context: { provider: "git", event: "local", ref: "", commit: "", head: "", dirty: false },
  trust: {
    level: "local",
    reason: "",
    writesCaches: false,
    writesLegs: false,
    publishes: false,
    writesScratch: false,
    secrets: true,
  },
  epoch: null,
  pins: [],
  cacheRepository: "ghcr.io/acme/cache",
  scratch: null,
  insecure: [],
  legs: [],
  variants: [],
  warnings: [],
};

test("what a context does not know is not there", () => {
  expect(parsePlan(JSON.stringify(minimal), "plan.json").context).toEqual({
    ...minimal.context,
    branch: undefined,
    tag: undefined,
    commitDate: undefined,
    defaultBranch: undefined,
    baseBranch: undefined,
    pullRequest: undefined,
    branchesWithCommit: undefined,
    source: undefined,
    run: undefined,
  });
});

test("keys that are not known are left out", () => {
  expect(parsePlan(JSON.stringify({ ...minimal, later: 1 }), "plan.json")).not.toHaveProperty(
    "later",
  );
});

describe("what is no plan is refused with the place of what is wrong", () => {
  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /^plan\.json: not a plan: it is not JSON$/],
    ["another kind of JSON", "[]", /^plan\.json: not a plan: /],
    ["another version", JSON.stringify({ ...minimal, schema: "layerkeep.plan.v2" }), /schema: /],
    [
      "a repository that is none",
      JSON.stringify({ ...minimal, cacheRepository: "no such!" }),
      /cacheRepository: not a repository/,
    ],
    [
      "a trust that is none",
      JSON.stringify({ ...minimal, trust: { ...minimal.trust, level: "root" } }),
      /trust\.level: /,
    ],
    ["a leg without its parts", JSON.stringify({ ...minimal, legs: [{}] }), /legs\.0\.id: /],
  ])("%s", (_, text, message) => {
    expect(() => parsePlan(text, "plan.json")).toThrow(
      expect.objectContaining({
        code: "usage",
        message: expect.stringMatching(message) as string,
        hint: "write it again with layerkeep plan --output plan.json",
      }) as Error,
    );
  });
});
