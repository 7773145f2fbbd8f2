import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { pushImage } from "../../../test/support/images.ts";
import { startEmbedded, type TestRegistry } from "../../../test/support/registries.ts";
import { digestOf } from "../../oci/digest.ts";
import { parseReference, parseRepository } from "../../oci/reference.ts";
import type { Plan } from "../../plan/plan.ts";
import { RegistryClient } from "../../registry/client.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { surveyRepository } from "../caches/survey.ts";
import { holdingResolver, readHeldPins, rememberPins } from "./held-pins.ts";

let registry: TestRegistry;
let client: RegistryClient;
beforeEach(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const cacheOf = (): string => `${registry.host}/cache`;
const [one, two] = [digestOf("one"), digestOf("two")];

function plan(epoch: string, pins: Record<string, string>, more: Partial<Plan> = {}): Plan {
  const cache = parseRepository(cacheOf());
  return {
    ...planOf({ cache, targets: [], platforms: ["linux/amd64"] }),
    holdsPins: true,
    epoch: { arg: "REFRESH", value: epoch },
    pins: Object.entries(pins).map(([ref, resolved]) => ({ kind: "image", ref, resolved })),
    ...more,
  };
}

const held = async (epoch: string): Promise<Record<string, string>> =>
  Object.fromEntries(await readHeldPins(client, cacheOf(), epoch));

describe("rememberPins", () => {
  it("records an epoch's pins; what was recorded first stays, until another epoch", async () => {
    expect(await held("W1")).toEqual({});
    await rememberPins(plan("W1", { "a:1": one }), client);
    expect(await held("W1")).toEqual({ "image:a:1": one });
    await rememberPins(plan("W1", { "a:1": two, "b:1": two }), client);
    expect(await held("W1")).toEqual({ "image:a:1": one, "image:b:1": two });
    expect(await held("W2")).toEqual({});
    await rememberPins(plan("W2", { "a:1": two }), client);
    expect(await held("W2")).toEqual({ "image:a:1": two });
    expect(await held("W1")).toEqual({});
  });

  it("writes nothing in an untrusted run, nor if pins are not held or did not resolve", async () => {
    const made = plan("W1", { "a:1": one });
    const { trust } = made;
    await rememberPins({ ...made, trust: { ...trust, writesLegs: false } }, client);
    await rememberPins({ ...made, holdsPins: false }, client);
    await rememberPins({ ...made, pins: [{ kind: "image", ref: "a:1", resolved: null }] }, client);
    await rememberPins(plan("W1", { [`a:1@${one}`]: one }), client);
    expect(await client.listTags(parseRepository(cacheOf()))).toEqual([]);
  });

  it("leaves a record that no prune deletes", async () => {
    await rememberPins(plan("W1", { "a:1": one }), client);
    const [record] = await surveyRepository(client, parseRepository(cacheOf()));
    expect(record).toMatchObject({ tag: "pins", kind: "epoch", problem: null });
  });
});

describe("holdingResolver", () => {
  it("gives what was recorded while the registry has it, and else what is there now", async () => {
    const ref = `${registry.host}/base:1`;
    const { image } = await pushImage(client, {
      repository: parseReference(ref),
      ...{ tag: "1", platform: "linux/amd64", layers: [], bare: true },
    });
    const resolve = holdingResolver(
      () => Promise.resolve({ resolved: two }),
      new Map([[`image:${ref}`, image.digest]]),
      client,
    );
    expect(await resolve("image", ref)).toEqual({ resolved: image.digest });
    expect(await resolve("image", `${registry.host}/other:1`)).toEqual({ resolved: two });
    expect(await resolve("git", ref)).toEqual({ resolved: two });
    await client.deleteManifest(parseReference(ref), image.digest);
    expect(await resolve("image", ref)).toEqual({ resolved: two });
  });
});
