import { describe, expect, test } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { LegResult } from "../build/build-leg.ts";
import type { PublishResult } from "./publish-variants.ts";
import { publishMending } from "./publish-mending.ts";
import { notWhole } from "../stage/staged-leg-error.ts";

const plan = planOf({
  cache: { host: "registry.test", path: "cache" },
  targets: ["registry.test/app"],
  platforms: ["linux/amd64", "linux/arm64"],
  variants: ["one", "two"],
});

/** Publishes with a number of failures to come; each build mends its leg, unless it fails. */
async function mend(broken: Record<string, number>, fails: readonly string[] = []) {
  const left = new Map(Object.entries(broken));
  const done: string[] = [];
  const publish = (variants: readonly string[]): Promise<readonly PublishResult[]> => {
    done.push(`publish ${variants.join(" ")}`);
    return Promise.resolve(
      variants.map((variant) => {
        const [leg] = [...left.keys()].filter((id) => id.startsWith(variant));
        const error = leg === undefined ? undefined : notWhole([leg], "a blob is gone");
        return { variant, digest: undefined, targets: [], error };
      }),
    );
  };
  const build = (legs: readonly PlannedLeg[]): Promise<readonly LegResult[]> => {
    done.push(`build ${legs.map(({ id, bypass }) => `${id} ${bypass}`).join(" ")}`);
    const base = { seconds: 1, warnings: [] };
    return Promise.resolve(
      legs.map(({ id, reason }): LegResult => {
        if (fails.includes(id)) {
          return { ...base, leg: id, outcome: "failed", error: new Error("no"), step: null };
        }
        const more = (left.get(id) ?? 1) - 1;
        if (more === 0) left.delete(id);
        else left.set(id, more);
        const steps = { cached: 0, all: 0 };
        return {
          ...{ ...base, leg: id, outcome: "built", reason, digest: null, bytes: 0, steps },
          cache: null,
        };
      }),
    );
  };
  const said: string[] = [];
  const mended = await publishMending(plan, ["one", "two"], {
    publish,
    build,
    say: (line) => said.push(line),
  });
  return { done, said, errors: mended.published.map(({ error }) => error?.message), mended };
}

describe("publishing legs with missing parts", () => {
  test("builds nothing if nothing is missing", async () => {
    const { done, said, mended } = await mend({});
    expect([done, said, mended.rebuilt]).toEqual([["publish one two"], [], []]);
  });

  test("builds a leg again and publishes only its variant again", async () => {
    const { done, said, errors } = await mend({ "two/linux/arm64": 1 });
    expect(done).toEqual(["publish one two", "build two/linux/arm64 staged", "publish two"]);
    expect(said).toEqual([
      "building two/linux/arm64 again: leg two/linux/arm64 cannot be published: a blob is gone",
    ]);
    expect(errors).toEqual([undefined, undefined]);
  });

  test("mends one leg of a variant after the other", async () => {
    const { done, errors } = await mend({ "one/linux/amd64": 1, "one/linux/arm64": 1 });
    expect(done).toEqual([
      "publish one two",
      "build one/linux/amd64 staged",
      "publish one",
      "build one/linux/arm64 staged",
      "publish one",
    ]);
    expect(errors).toEqual([undefined, undefined]);
  });

  test("builds a leg at most twice", async () => {
    const { done, errors } = await mend({ "one/linux/amd64": 9 });
    expect(done.filter((line) => line.startsWith("build"))).toHaveLength(2);
    expect(errors).toEqual(["leg one/linux/amd64 cannot be published: a blob is gone", undefined]);
  });

  test("gives up on a leg whose build fails, and leaves its variant unpublished", async () => {
    const { done, errors, mended } = await mend({ "one/linux/amd64": 1 }, ["one/linux/amd64"]);
    expect(done).toEqual(["publish one two", "build one/linux/amd64 staged"]);
    expect(errors[0]).toBe("leg one/linux/amd64 cannot be published: a blob is gone");
    expect(mended.rebuilt.map(({ outcome }) => outcome)).toEqual(["failed"]);
  });
});
