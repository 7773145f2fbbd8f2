import { expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import { EngineGoneError } from "../../../buildkit/progress/build-errors.ts";
import { parseRepository } from "../../../oci/reference.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";
import { BuilderPool, type BuilderPoolOptions, type GoneBuilder } from "./builder-pool.ts";

const cache = parseRepository("localhost:5000/cache");
const amd64 = "linux/amd64";

function legOf(name: string, changes: Partial<PlannedLeg> = {}): PlannedLeg {
  const [leg] = planOf({ cache, targets: [], platforms: [amd64], variants: [name] }).legs;
  if (leg === undefined) throw new Error("a plan of one leg");
  return { ...leg, builders: ["a", "b", "c"], ...changes };
}

interface TestPool {
  readonly pool: BuilderPool;
  readonly gone: readonly GoneBuilder[];
}

function poolOf(changes: Partial<BuilderPoolOptions> = {}): TestPool {
  const gone: GoneBuilder[] = [];
  const pool = new BuilderPool({
    buildersOf: ({ builders }) => builders,
    jobs: 3,
    onGone: (one) => gone.push(one),
    ...changes,
  });
  return { pool, gone };
}

const died = (): EngineGoneError => new EngineGoneError("build of app", "EOF");

/** A build that runs until it is ended, and the builders that it was given. */
class Build {
  readonly on: (string | undefined)[] = [];
  #end: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  readonly run = (builder: string | undefined): Promise<string> => {
    this.on.push(builder);
    return new Promise((resolve, reject) => {
      this.#end = () => resolve("built");
      this.#fail = reject;
    });
  };

  end(): void {
    this.#end?.();
  }

  fail(error: Error): void {
    this.#fail?.(error);
  }
}

it("gives each builder one leg before it gives any a second", async () => {
  const { pool } = poolOf();
  const builds = [new Build(), new Build(), new Build()];
  const all = builds.map((build, index) => pool.run(legOf(`leg${index}`), build.run));
  builds.forEach((build) => build.end());
  expect(await Promise.all(all)).toEqual(
    ["a", "b", "c"].map((builder) => ({ result: "built", builder, warnings: [] })),
  );
});

it("leaves the choice to buildx if a leg has no builders, and does not name the only one", async () => {
  const { pool } = poolOf();
  const build = (builder: string | undefined) => Promise.resolve(builder);
  expect(await pool.run(legOf("app", { builders: [] }), build)).toEqual({
    result: undefined,
    warnings: [],
  });
  expect(await pool.run(legOf("app", { builders: ["a"] }), build)).toEqual({
    result: "a",
    warnings: [],
  });
});

it("prefers the builder that built the leg last, and then that of its parents", async () => {
  const { pool } = poolOf({ lastBuilders: new Map([["app/linux/amd64", "c"]]) });
  const where = async (leg: PlannedLeg) =>
    (await pool.run(leg, () => Promise.resolve("built"))).builder;
  const parents = [{ context: "base", leg: "app/linux/amd64", config: null }];
  expect(await where(legOf("app"))).toBe("c");
  expect(await where(legOf("child", { parents }))).toBe("c");
  expect(await where(legOf("other"))).toBe("a");
});

it("moves the legs of a builder that goes away, and gives it no more", async () => {
  const { pool, gone } = poolOf();
  const builds = ["one", "two", "three", "four"].map((name) => ({ name, build: new Build() }));
  const all = builds.map(({ name, build }) => pool.run(legOf(name), build.run));
  // The first and the fourth run on `a`.
  for (const { build } of builds.filter((_, index) => index % 3 === 0)) build.fail(died());
  await Promise.resolve();
  builds[1]?.build.end();
  builds[2]?.build.end();
  await Promise.all([all[1], all[2]]);
  builds.forEach(({ build }) => build.end());
  const results = await Promise.all(all);
  expect(builds.map(({ build }) => build.on)).toEqual([["a", "b"], ["b"], ["c"], ["a", "c"]]);
  expect(gone).toEqual([
    { builder: "a", why: "EOF", legs: ["one/linux/amd64", "four/linux/amd64"], others: ["b", "c"] },
  ]);
  expect(results.map(({ warnings }) => warnings.length)).toEqual([1, 0, 0, 1]);
  const next = await pool.run(legOf("next"), () => Promise.resolve("built"));
  expect(next.builder).not.toBe("a");
});

it("throws the error if all go away, and each further leg tries the last one", async () => {
  const { pool, gone } = poolOf();
  const on: (string | undefined)[] = [];
  const die = (builder: string | undefined): Promise<never> => {
    on.push(builder);
    return Promise.reject(died());
  };
  await expect(pool.run(legOf("one"), die)).rejects.toThrow(EngineGoneError);
  await expect(pool.run(legOf("two"), die)).rejects.toThrow(EngineGoneError);
  expect(on).toEqual(["a", "b", "c", "c"]);
  expect(gone.map(({ builder, others }) => [builder, others])).toEqual([
    ["a", ["b", "c"]],
    ["b", ["c"]],
  ]);
});

it("does not move a leg whose build failed", async () => {
  const { pool, gone } = poolOf();
  const failed = new Error("step 2 failed");
  await expect(pool.run(legOf("app"), () => Promise.reject(failed))).rejects.toBe(failed);
  expect(gone).toEqual([]);
});
