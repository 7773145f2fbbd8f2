import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pushImage } from "../../../../test/support/images.ts";
import { planOf } from "../../../../test/support/plans.ts";
import { startEmbedded, type TestRegistry } from "../../../../test/support/registries.ts";
import { scriptedRegistry } from "../../../../test/support/scripted-client.ts";
import { parseReference, type Repository } from "../../../oci/reference.ts";
import type { Plan, PlannedLeg } from "../../../plan/plan.ts";
import { anonymous } from "../../../registry/auth/credentials.ts";
import { RegistryClient } from "../../../registry/client.ts";
import { inputAnnotation } from "../../stage/staged-leg.ts";
import { ParentFailedError } from "./parent-failed.ts";
import { Parents, type ParentsOptions } from "./parents.ts";

let registry: TestRegistry;
let client: RegistryClient;
let count = 0;
/** A repository for one test. */
let cache: Repository;

beforeAll(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});
beforeEach(() => {
  cache = { host: registry.host, path: `test/${++count}` };
});

/** base ← lib ← app, and app reads base, too. */
function planned(changes: Partial<PlannedLeg> = {}, writesLegs = true, at = cache): Plan {
  const variants = ["base", "lib", "app"];
  const plan = planOf({ cache: at, targets: [], platforms: ["linux/amd64"], variants });
  const on: Readonly<Record<string, readonly string[]>> = { lib: ["base"], app: ["lib", "base"] };
  const legs = plan.legs.map((leg) => ({
    ...leg,
    ...changes,
    parents: (on[leg.variant] ?? []).map((name) => ({
      ...{ context: `from-${name}`, leg: `${name}/linux/amd64`, config: null },
    })),
  }));
  return { ...plan, legs, trust: { ...plan.trust, writesLegs } };
}

function legOf(plan: Plan, name: string): PlannedLeg {
  const leg = plan.legs.find(({ variant }) => variant === name);
  if (leg === undefined) throw new Error(`there is no ${name}`);
  return leg;
}

/** Stages a leg, and gives the address of its image. */
async function stage(plan: Plan, name: string): Promise<string> {
  const { staged, input } = legOf(plan, name);
  const { tag = "" } = parseReference(staged?.leg ?? "");
  const { image } = await pushImage(client, {
    ...{ repository: cache, tag, platform: "linux/amd64", layers: [{ seed: name, size: 10 }] },
    annotations: { [inputAnnotation]: input.digest },
  });
  return `docker-image://${cache.host}/${cache.path}@${image.digest}`;
}

const never: ParentsOptions["rebuild"] = () => Promise.reject(new Error("nothing is to be built"));

const of = (plan: Plan, name: string, rebuild = never, from = client) =>
  new Parents(plan, { client: from, rebuild }).of(legOf(plan, name));

describe("what a leg is built on", () => {
  test("is nothing if it has no parents", async () => {
    expect(await of(planned(), "base")).toEqual({ contexts: {}, targets: [], warnings: [] });
  });

  test("is each parent's staged image, by its digest and without the index around it", async () => {
    const plan = planned();
    const [base, lib] = [await stage(plan, "base"), await stage(plan, "lib")];
    expect(await of(plan, "app")).toEqual({
      contexts: { "from-lib": lib, "from-base": base },
      targets: [],
      warnings: [],
    });
  });

  test("is looked up once in a run", async () => {
    const plan = planned();
    const base = await stage(plan, "base");
    const parents = new Parents(plan, { client, rebuild: never });
    const asked = ["lib", "lib"].map((name) => parents.of(legOf(plan, name)));
    expect((await Promise.all(asked)).map(({ contexts }) => contexts["from-base"])).toEqual([
      ...[base, base],
    ]);
    const { tag = "" } = parseReference(legOf(plan, "base").staged?.leg ?? "");
    expect(await client.deleteManifest(cache, tag)).toBe(true);
    expect((await parents.of(legOf(plan, "lib"))).contexts).toEqual({ "from-base": base });
  });

  test("is built again, once, if it is not staged any more", async () => {
    const plan = planned();
    const built: string[] = [];
    let base = "";
    const parents = new Parents(plan, {
      client,
      rebuild: async (parent, child) => {
        built.push(`${parent.id} for ${child.id}`);
        base = await stage(plan, parent.variant);
        return true;
      },
    });
    const [first, second] = await Promise.all(
      ["lib", "lib"].map((name) => parents.of(legOf(plan, name))),
    );
    expect([first?.contexts, second?.contexts]).toEqual([
      { "from-base": base },
      { "from-base": base },
    ]);
    expect(built).toEqual(["base/linux/amd64 for lib/linux/amd64"]);
  });

  test("is missing if it cannot be built again", async () => {
    const failed = of(planned(), "lib", () => Promise.resolve(false));
    await expect(failed).rejects.toBeInstanceOf(ParentFailedError);
    await expect(failed).rejects.toThrow("not built because base/linux/amd64 failed");
  });

  test("is not built again because the registry does not answer", async () => {
    await using scripted = await scriptedRegistry(() => ({ status: 403 }));
    const plan = planned({}, true, { host: scripted.host, path: "cache" });
    await expect(of(plan, "lib", never, scripted.client)).rejects.toThrow(/403/);
  });
});

describe("where nothing may be staged, what a leg is built on", () => {
  const solved = (plan: Plan, name: string, contexts: Record<string, string>) => ({
    ...{ target: `${name}--linux--amd64`, leg: legOf(plan, name), contexts },
  });

  test("is staged, if it is and need not be built", async () => {
    const plan = planned({}, false);
    const base = await stage(plan, "base");
    expect((await of(plan, "lib")).contexts).toEqual({ "from-base": base });
  });

  test("is built in the same solve if it is not staged: each target once, parents first", async () => {
    const plan = planned({}, false);
    const onBase = { "from-base": "target:base--linux--amd64" };
    expect(await of(plan, "app")).toEqual({
      contexts: { "from-lib": "target:lib--linux--amd64", ...onBase },
      targets: [solved(plan, "base", {}), solved(plan, "lib", onBase)],
      warnings: [],
    });
    const base = await stage(plan, "base");
    expect(await of(plan, "app")).toEqual({
      contexts: { "from-lib": "target:lib--linux--amd64", "from-base": base },
      targets: [solved(plan, "lib", { "from-base": base })],
      warnings: [],
    });
  });

  test("is built in the same solve if it is to be built though it is staged", async () => {
    for (const why of [{ bypass: "staged" }, { outdated: ["a.proto: message A"] }] as const) {
      const plan = planned(why, false);
      await stage(plan, "base");
      expect((await of(plan, "lib")).targets).toEqual([solved(plan, "base", {})]);
    }
    // It was built and staged before, where it may be.
    const trusted = planned({ bypass: "staged" });
    expect((await of(trusted, "lib")).targets).toEqual([]);
  });

  test("is built in the same solve if there is no cache repository", async () => {
    const plan = planned({ staged: null });
    expect((await of(plan, "lib")).targets).toEqual([solved(plan, "base", {})]);
  });

  test("is built in the same solve, with a warning, if it cannot be read", async () => {
    await using scripted = await scriptedRegistry(() => ({ status: 403 }));
    const plan = planned({}, false, { host: scripted.host, path: "cache" });
    const found = await of(plan, "app", never, scripted.client);
    expect(found.targets.map(({ target }) => target)).toEqual([
      ...["base--linux--amd64", "lib--linux--amd64"],
    ]);
    expect(found.warnings).toEqual([
      expect.stringMatching(
        /^the staged leg of lib\/linux\/amd64 could not be read, so it is built here: /,
      ),
      expect.stringMatching(/^the staged leg of base\/linux\/amd64 could not be read/),
    ]);
  });

  test("is a target whose name bake takes", async () => {
    const plan = planned({}, false);
    const legs = plan.legs.map((leg) => ({
      ...leg,
      id: leg.id.replace("base/", "b.a_s-e+1/"),
      parents: leg.parents.map((parent) => ({
        ...{ ...parent, leg: parent.leg.replace("base/", "b.a_s-e+1/") },
      })),
    }));
    const { targets } = await of({ ...plan, legs }, "lib");
    expect(targets.map(({ target }) => target)).toEqual(["b-2e-a_s-e-2b-1--linux--amd64"]);
  });
});
