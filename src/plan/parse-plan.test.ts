import { describe, expect, test } from "vitest";
import { planOf } from "../../test/support/plans.ts";
import { parseRepository } from "../oci/reference.ts";
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

test("unknown parts of a context are absent", () => {
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

test("unknown keys are dropped", () => {
  expect(parsePlan(JSON.stringify({ ...minimal, later: 1 }), "plan.json")).not.toHaveProperty(
    "later",
  );
});

test.each([
  [{ builder: "arm" }, ["arm"]],
  [{ builder: null }, []],
  [{ builders: ["a", "b"] }, ["a", "b"]],
])("the builders of a leg, also of a plan that has one: %j", (written, builders) => {
  const cache = parseRepository("ghcr.io/acme/cache");
  const plan = planOf({ cache, targets: [], platforms: ["linux/amd64"] });
  const legs = plan.legs.map((leg) => ({ ...leg, builders: undefined, ...written }));
  const parsed = parsePlan(JSON.stringify({ ...plan, legs }), "plan.json");
  expect(parsed.legs).toEqual(plan.legs.map((leg) => ({ ...leg, builders })));
});

describe("rejects a malformed plan with the place of the problem", () => {
  test.each<[string, string, RegExp]>([
    ["not JSON", "{", /^plan\.json: not a plan: it is not JSON$/],
    ["another kind of JSON", "[]", /^plan\.json: not a plan: /],
    ["another version", JSON.stringify({ ...minimal, schema: "layerkeep.plan.v2" }), /schema: /],
    [
      "an invalid repository",
      JSON.stringify({ ...minimal, cacheRepository: "no such!" }),
      /cacheRepository: not a repository/,
    ],
    [
      "an invalid trust",
      JSON.stringify({ ...minimal, trust: { ...minimal.trust, level: "root" } }),
      /trust\.level: /,
    ],
    ["a leg without its parts", JSON.stringify({ ...minimal, legs: [{}] }), /legs\.0\.id: /],
  ])("%s", (_, text, message) => {
    expect(() => parsePlan(text, "plan.json")).toThrow(
      expect.objectContaining({
        code: "usage",
        message: expect.stringMatching(message) as string,
        hint: "create it again with `layerkeep plan --output plan.json`",
      }) as Error,
    );
  });
});

describe("checks the type of every field of a complete plan", () => {
  const whole = planOf({
    cache: parseRepository("ghcr.io/acme/cache"),
    targets: ["ghcr.io/acme/app"],
    platforms: ["linux/amd64"],
  });

  test("which it has", () => {
    expect(parsePlan(JSON.stringify(whole), "plan.json")).toEqual(whole);
  });

  test.each<[string, unknown]>([
    ["createdAt", 5],
    ["context.provider", "svn"],
    ["context.dirty", "no"],
    ["context.pullRequest", { number: "5", fork: true }],
    ["trust.publishes", 1],
    ["epoch", { arg: "A" }],
    ["pins.0", { kind: "tarball", ref: "a", resolved: null }],
    ["scratch", "ghcr.io/acme/scratch:tag"],
    ["insecure", "localhost"],
    ["legs.0.action", "leave"],
    ["legs.0.bypass", true],
    ["legs.0.input.digest", "sha256:abc"],
    ["legs.0.input.parts", { a: 1 }],
    ["legs.0.input.additions", ["a.proto: message A"]],
    ["legs.0.outdated", "a.proto: message A"],
    ["expectedFailures", [{ file: "Dockerfile", line: 1, message: "no", hint: null }]],
    ["legs.0.staged.leg", "ghcr.io/acme/cache"],
    ["legs.0.staged.newest", "no such:!"],
    ["legs.0.cache.from", [{ type: "tape", attributes: {} }]],
    ["legs.0.build.args", ["A=1"]],
    ["legs.0.build.provenance", "some"],
    ["legs.0.build.sbom", null],
    ["legs.0.build.sbom", { generator: 1 }],
    ["legs.0.unpinned", null],
    ["variants.0.legs", [1]],
    ["variants.0.targets.0.repository", "ghcr.io/Acme"],
    ["variants.0.targets.0.shape", "list"],
    ["variants.0.targets.0.tags", [{ tag: "1", order: "newest" }]],
    ["warnings", [1]],
  ])("%s is not %j", (path, value) => {
    const plan: unknown = JSON.parse(JSON.stringify(whole));
    put(plan, path.split("."), value);
    const named = path.replaceAll(".", "\\.");
    expect(() => parsePlan(JSON.stringify(plan), "plan.json")).toThrow(
      new RegExp(`^plan\\.json: not a plan: ${named}[.:]`),
    );
  });
});

function put(into: unknown, [key = "", ...rest]: string[], value: unknown): void {
  if (typeof into !== "object" || into === null) throw new Error(`nothing holds ${key}`);
  if (rest.length === 0) Object.assign(into, { [key]: value });
  else put(new Map(Object.entries(into)).get(key), rest, value);
}

describe("legs that are built on others", () => {
  const whole = planOf({
    cache: parseRepository("ghcr.io/acme/cache"),
    ...{ targets: [], platforms: ["linux/amd64"], variants: ["a", "b", "c"] },
  });
  const on = (...names: string[]) =>
    names.map((name) => ({ context: name, leg: `${name}/linux/amd64`, config: null }));
  /** The plan with the parents of a, b and c, as a file. */
  const file = (...parents: readonly unknown[]): string =>
    JSON.stringify({
      ...whole,
      legs: whole.legs.map((leg, at) => ({ ...leg, parents: parents[at] })),
    });

  test("are read with what their parents bring", () => {
    const config = { env: ["A=1"], onbuild: ["RUN x"] };
    const parents = [...on("b"), { context: "x", leg: "c/linux/amd64", config }];
    const { legs } = parsePlan(file(parents, on("c"), []), "plan.json");
    expect(legs.map((leg) => leg.parents)).toEqual([parents, on("c"), []]);
  });

  test("have no parents in a plan of an earlier version", () => {
    const { legs } = parsePlan(file(), "plan.json");
    expect(legs.map(({ parents }) => parents)).toEqual([[], [], []]);
  });

  test.each<[string, string, string]>([
    [
      "one that it does not have",
      file([], on("d"), []),
      "b/linux/amd64 is built on d/linux/amd64, which is not in the plan",
    ],
    [
      "a circle",
      file(on("b"), on("c"), on("a")),
      "dependency cycle: a/linux/amd64, b/linux/amd64, c/linux/amd64",
    ],
    ["a leg itself", file(on("a"), [], []), "dependency cycle: a/linux/amd64"],
    ["a malformed one", file([{ context: "x" }], [], []), "legs.0.parents.0.leg: "],
  ])("are refused on %s", (_, text, message) => {
    expect(() => parsePlan(text, "plan.json")).toThrow(`plan.json: not a plan: ${message}`);
  });
});

test.each([
  [{ id: "a b" }, "id: not an id of a cache mount"],
  [{ id: "a,from=x" }, "id: not an id of a cache mount"],
  [{ uid: "0,from=x" }, "uid: not a number"],
])("refuses a cache mount that would be another one in a Dockerfile: %j", (changes, message) => {
  const cache = parseRepository("ghcr.io/acme/cache");
  const plan = planOf({ cache, targets: [], platforms: ["linux/amd64"] });
  const mount = { id: "a", sharing: "shared", uid: null, gid: null, mode: null, stage: 0 };
  const withMount = (more: object) => {
    const mounts = [{ ...mount, from: ["mount-a"], to: null, ...more }];
    const legs = plan.legs.map((leg) => ({ ...leg, mounts }));
    return parsePlan(JSON.stringify({ ...plan, legs }), "plan.json").legs[0]?.mounts;
  };
  expect(withMount({})).toEqual([{ ...mount, from: ["mount-a"], to: null }]);
  expect(() => withMount(changes)).toThrow(`legs.0.mounts.0.${message}`);
});
