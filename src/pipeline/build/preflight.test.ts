import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeBuildx, fakeBuildx, inspected } from "../../../test/support/fake-buildx.ts";
import { planOf } from "../../../test/support/plans.ts";
import { startEmbedded, type TestRegistry } from "../../../test/support/registries.ts";
import { BuilderInspector } from "../../buildkit/builder/builder.ts";
import { EngineError, messageOf } from "../../errors.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { CacheRef, Plan, PlannedLeg } from "../../plan/plan.ts";
import { RegistryClient } from "../../registry/client.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { preflight } from "./preflight.ts";

let registry: TestRegistry;
let client: RegistryClient;
beforeEach(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous, sleep: () => Promise.resolve() });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const onHost = 'network="host"';

/** Prints the builder's description; when asked to build, prints `probe`. */
function engine(described: string, probe = "", env: NodeJS.ProcessEnv = {}): FakeBuildx {
  const script = `if [ "$1" = inspect ]; then cat <<'EOF'\n${described}EOF\nelse echo "${probe}" >&2; exit 1; fi`;
  return fakeBuildx(script, env);
}

function planWith(leg: Partial<PlannedLeg> = {}, changes: Partial<Plan> = {}): Plan {
  const cache = parseRepository(`${registry.host}/cache`);
  const plan = planOf({ cache, targets: [], platforms: ["linux/amd64"] });
  return { ...plan, legs: plan.legs.map((planned) => ({ ...planned, ...leg })), ...changes };
}

/** The problems that preflight reports, one per line. */
async function problems(plan: Plan, fake: FakeBuildx): Promise<string[]> {
  const { buildx } = fake;
  const inspector = new BuilderInspector(buildx);
  const buildersOf = (leg: PlannedLeg): readonly string[] => leg.builders;
  try {
    await preflight(plan, plan.legs, { buildx, inspector, client, buildersOf });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    return messageOf(error).split("\n");
  }
}

function writes(type: CacheRef["type"]): Partial<PlannedLeg> {
  return { cache: { from: [], to: [{ type, attributes: {} }] } };
}

describe("preflight", () => {
  it("reports nothing if all is well, and inspects each builder once", async () => {
    using fake = engine(inspected("ci", "docker-container", { options: onHost }));
    const plan = planWith();
    const twice = { ...plan, legs: [...plan.legs, ...plan.legs] };
    expect(await problems(twice, fake)).toEqual([]);
    expect(fake.asked()).toEqual(["inspect"]);
  });

  it("inspects the builder of each leg", async () => {
    using fake = engine(inspected("ci", "docker-container", { options: onHost }));
    const [leg] = planWith().legs;
    if (leg === undefined) throw new Error("a plan of one leg");
    const legs = ["arm", "x86", "arm"].map((builder) => ({ ...leg, builders: [builder] }));
    expect(await problems(planWith({}, { legs }), fake)).toEqual([]);
    expect(fake.asked().sort()).toEqual(["inspect arm", "inspect x86"]);
  });

  it("reports a platform that the builder does not run, unless the leg runs nothing", async () => {
    using fake = engine(
      inspected("ci", "docker-container", { options: onHost, platforms: "linux/amd64, linux/386" }),
    );
    const leg = { id: "app/linux/arm64", platform: "linux/arm64", runsOn: ["linux/arm64"] };
    expect(await problems(planWith(leg), fake)).toEqual([
      'app/linux/arm64: builder "ci" does not support linux/arm64 (it supports linux/amd64, linux/386). Set a builder that supports it in builders:, or install emulation (docker run --privileged --rm tonistiigi/binfmt --install all)',
    ]);
    expect(await problems(planWith({ ...leg, runsOn: [] }), fake)).toEqual([]);
  });

  it("reports a platform that the plan assumed for the build machine", async () => {
    using fake = engine(
      inspected("arm", "docker-container", { options: onHost, platforms: "linux/arm64" }),
    );
    const leg = { id: "app/linux/arm64", platform: "linux/arm64", runsOn: ["linux/amd64"] };
    expect(await problems(planWith(leg), fake)).toEqual([
      expect.stringContaining(
        "does not support linux/amd64, which the plan assumed for the build machine (BUILDPLATFORM)",
      ),
    ]);
  });

  it.each([
    ["registry", true, undefined],
    [
      "registry",
      false,
      "Docker uses its older image store. Turn on Docker's containerd image store, or create a builder",
    ],
    [
      "gha",
      false,
      "Docker uses its older image store. Turn on Docker's containerd image store, or create a builder",
    ],
    [
      "local",
      false,
      "Docker uses its older image store. Turn on Docker's containerd image store, or create a builder",
    ],
    ["inline", false, undefined],
    [
      "s3",
      true,
      "cannot export a cache of type s3: Docker's own builder never does. Create a builder",
    ],
    [
      "azblob",
      true,
      "cannot export a cache of type azblob: Docker's own builder never does. Create a builder",
    ],
  ] as const)(
    "Docker's own engine: cache type %s with its containerd store %s",
    async (type, containerd, told) => {
      const env = { ACTIONS_RUNTIME_TOKEN: "t", ACTIONS_RESULTS_URL: "u" };
      using fake = engine(inspected("default", "docker", { containerd }), "not found", env);
      const found = await problems(planWith(writes(type)), fake);
      expect(found).toEqual(told === undefined ? [] : [expect.stringContaining(told)]);
    },
  );

  it.each<[string, NodeJS.ProcessEnv, boolean]>([
    ["nothing", {}, true],
    ["only the token", { ACTIONS_RUNTIME_TOKEN: "t" }, true],
    ["only the address", { ACTIONS_RESULTS_URL: "u" }, true],
    ["empty values", { ACTIONS_RUNTIME_TOKEN: "", ACTIONS_RESULTS_URL: "" }, true],
    ["both", { ACTIONS_RUNTIME_TOKEN: "t", ACTIONS_RESULTS_URL: "u" }, false],
    ["the older address", { ACTIONS_RUNTIME_TOKEN: "t", ACTIONS_CACHE_URL: "u" }, false],
  ])("a cache of type gha with %s in its environment", async (_, env, refused) => {
    using fake = engine(inspected("ci", "docker-container", { options: onHost }), "", env);
    const told = expect.stringContaining("cache type gha needs ACTIONS_RUNTIME_TOKEN") as string;
    const from: CacheRef[] = [{ type: "gha", attributes: { scope: "s" } }];
    for (const leg of [writes("gha"), { cache: { from, to: [] } }]) {
      expect(await problems(planWith(leg), fake)).toEqual(refused ? [told] : []);
    }
  });

  it("reports a loopback registry that the builder does not reach", async () => {
    using fake = engine(
      inspected("ci", "docker-container"),
      "ERROR: dial tcp: connect: connection refused",
    );
    expect(await problems(planWith(), fake)).toEqual([
      `builder "ci" (driver docker-container) cannot reach ${registry.host}/cache on the loopback interface of this machine: ERROR: dial tcp: connect: connection refused. Create the builder with --driver-opt network=host, use Docker's own builder, or set cache.repository to a repository that the builder can reach`,
    ]);
  });

  it("reports a registry that is not available, and does not blame the builder", async () => {
    await registry[Symbol.asyncDispose]();
    using fake = engine(inspected("ci", "docker-container"), "ERROR: connection refused");
    const found = await problems(planWith(), fake);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      new RegExp(`^the cache repository ${registry.host}/cache is not available: GET `),
    );
  });

  it("lets a run that only reads continue without the registry", async () => {
    await registry[Symbol.asyncDispose]();
    using fake = engine(inspected("ci", "docker-container", { options: onHost }));
    const plan = planWith();
    const reading = { ...plan, trust: { ...plan.trust, writesLegs: false } };
    expect(await problems(reading, fake)).toEqual([]);
  });

  it("suggests what to try if no engine answers", async () => {
    using fake = fakeBuildx("echo 'ERROR: no builder \"ci\" found' >&2; exit 1");
    expect(await problems(planWith({ builders: ["ci"] }), fake)).toEqual([
      'builder "ci" did not respond: no builder "ci" found (run `docker buildx create --name ci`, or choose another builder with builders: or BUILDX_BUILDER)',
    ]);
  });

  it("leaves out a builder that does not answer if its platform has others", async () => {
    const described = inspected("ci", "docker-container", { options: onHost });
    using fake = fakeBuildx(
      `case "$2" in dead*) echo 'ERROR: refused' >&2; exit 1;; esac; cat <<'EOF'\n${described}EOF`,
    );
    const { buildx } = fake;
    const [leg] = planWith().legs;
    if (leg === undefined) throw new Error("a plan of one leg");
    const shared = { ...leg, builders: ["dead", "a", "b"] };
    const alone = { ...leg, id: "alone/linux/amd64", builders: ["dead", "dead2"] };
    const check = (...legs: PlannedLeg[]) =>
      preflight(planWith(), legs, {
        ...{ buildx, client, inspector: new BuilderInspector(buildx) },
        buildersOf: ({ builders }) => builders,
      });
    await using ready = await check(shared);
    expect(ready.warnings).toEqual([
      'builder "dead" did not respond: refused; building on "a" and "b"',
    ]);
    expect(ready.buildersOf(shared)).toEqual(["a", "b"]);
    await expect(check(shared, alone)).rejects.toThrow(
      /^builder "dead" did not respond: refused \(start Docker, .*\)\nbuilder "dead2" did not respond: refused \(.*\)$/,
    );
  });

  it("reports all problems at once", async () => {
    using fake = engine(
      inspected("default", "docker", { containerd: false, platforms: "linux/386" }),
      "not found",
    );
    const cache = { from: [], to: [{ type: "gha" as const, attributes: {} }] };
    const found = await problems(planWith({ cache }), fake);
    expect(found).toEqual([
      expect.stringContaining("does not support linux/amd64"),
      expect.stringContaining("cannot export a cache of type gha"),
      expect.stringContaining("needs ACTIONS_RUNTIME_TOKEN"),
    ]);
  });
});
