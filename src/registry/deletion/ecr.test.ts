import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at } from "../../../test/support/json.ts";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import {
  ecrKey,
  ecrReader,
  type FakeEcr,
  startFakeEcr,
} from "../../../test/support/providers/ecr.ts";
import { FormatError, RegistryError, UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { EcrRemover } from "./ecr.ts";
import { type EcrOptions, ecrPlace } from "./ecr-api.ts";
import type { Removal, Target } from "./remover.ts";

const repository = { host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com", path: "acme/app" };
let bench: RemoverBench;
let ecr: FakeEcr;
beforeEach(async () => {
  bench = removerBench();
  ecr = await startFakeEcr("acme/app", { service: "ecr", clock: bench.time.clock });
});
afterEach(async () => {
  bench[Symbol.dispose]();
  await ecr[Symbol.asyncDispose]();
});

const remover = (key: EcrOptions = ecrKey) =>
  new EcrRemover(bench.context, { ...key, endpoint: `http://${ecr.host}` });
const remove = (...targets: Target[]): Promise<readonly Removal[]> =>
  remover().remove(repository, targets);
const actions = () => ecr.seen.map(({ headers }) => String(headers["x-amz-target"]).split(".")[1]);

describe("deleting in ECR", () => {
  it("deletes tags, the image with its last tag, and nothing else", async () => {
    const shared = ecr.shelf.image("shared", "v1", "latest");
    ecr.shelf.image("alone", "v2");
    expect(await remove({ tag: "v1" }, { tag: "v2" }, { tag: "never" })).toEqual([
      { target: { tag: "v1" }, outcome: "deleted" },
      { target: { tag: "v2" }, outcome: "deleted" },
      { target: { tag: "never" }, outcome: "absent" },
    ]);
    expect(ecr.shelf.state()).toEqual({ tags: { latest: shared }, manifests: [shared] });
    expect(actions()).toEqual(["BatchDeleteImage"]);
  });

  it("deletes an image if all of its tags are deleted, and refuses if a tag stays", async () => {
    const whole = ecr.shelf.image("whole", "a", "b");
    const loose = ecr.shelf.image("loose");
    const partly = ecr.shelf.image("partly", "c", "d");
    const targets = [{ digest: whole }, { tag: "a" }, { tag: "b" }, { digest: loose }];
    const removals = await remove(...targets, { digest: partly }, { tag: "c" });
    expect(removals.map(({ outcome }) => outcome)).toEqual([
      "deleted",
      "deleted",
      "deleted",
      "deleted",
      "refused",
      "deleted",
    ]);
    expect(removals[4]).toEqual({
      target: { digest: partly },
      outcome: "refused",
      reason: `ECR deletes an image along with all of its tags: d also points to ${partly}`,
      hint: "delete all tags of the manifest together, or keep it",
      tags: ["d"],
    });
    expect(ecr.shelf.state()).toEqual({ tags: { d: partly }, manifests: [partly] });
  });

  it("reports that an index contains the image", async () => {
    const child = ecr.shelf.image("child", "staging");
    ecr.shelf.index([child], "v1");
    const before = ecr.shelf.state();
    expect(await remove({ tag: "staging" })).toEqual([
      {
        target: { tag: "staging" },
        outcome: "refused",
        reason:
          "ECR refused the request: ImageReferencedByManifestList: Requested image referenced by manifest list",
        hint: "an index contains the image: delete the index as well, or keep both",
        tags: [],
      },
    ]);
    expect(ecr.shelf.state()).toEqual(before);
  });

  it("deletes the children of an index once the index is gone", async () => {
    const child = ecr.shelf.image("child", "staging");
    const inner = ecr.shelf.index([child]);
    ecr.shelf.index([inner], "v1");
    const kept = ecr.shelf.image("kept", "v2");
    const removals = await remove({ tag: "staging" }, { digest: inner }, { tag: "v1" });
    expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted", "deleted"]);
    expect(ecr.shelf.state()).toEqual({ tags: { v2: kept }, manifests: [kept] });
  });

  it("deletes at most a hundred and lists a thousand per request", async () => {
    const tags = Array.from({ length: 250 }, (_, number) => `t${number}`);
    for (const tag of tags) ecr.shelf.image(tag, tag);
    for (let number = 0; number < 900; number++) ecr.shelf.image(`loose ${number}`);
    const last = ecr.shelf.image("last", "last");
    const removals = await remove(...tags.map((tag) => ({ tag })), { digest: last });
    expect(removals.slice(0, 250).every(({ outcome }) => outcome === "deleted")).toBe(true);
    expect(removals[250]).toMatchObject({ outcome: "refused", tags: ["last"] });
    const deletions = Array.from({ length: 3 }, () => "BatchDeleteImage");
    expect(actions()).toEqual(["DescribeImages", "DescribeImages", ...deletions]);
  }, 30_000);

  it("signs with a session token if there is one", async () => {
    ecr.shelf.image("first", "v1");
    const removals = await remover({ ...ecrKey, sessionToken: "session" }).remove(repository, [
      { tag: "v1" },
    ]);
    expect(removals).toMatchObject([{ outcome: "deleted" }]);
    expect(ecr.seen[0]?.headers["x-amz-security-token"]).toBe("session");
    expect(at(ecr.seen[0]?.body.toString() ?? "{}", "registryId")).toBe("123456789012");
  });

  it("sends no request if there is nothing to delete", async () => {
    expect(await remove()).toEqual([]);
    expect(ecr.seen).toEqual([]);
  });
});

describe("deleting in the public ECR", () => {
  const inPublic = (path: string) => ({ host: "public.ecr.aws", path });

  it("deletes in the account with the alias", async () => {
    await using fake = await startFakeEcr("app/cpu", {
      service: "ecr-public",
      clock: bench.time.clock,
    });
    fake.shelf.image("first", "v1");
    const one = new EcrRemover(bench.context, { ...ecrKey, endpoint: `http://${fake.host}` });
    expect(await one.remove(inPublic("acme/app/cpu"), [{ tag: "v1" }])).toMatchObject([
      { outcome: "deleted" },
    ]);
    fake.shelf.image("first", "v1");
    for (const path of ["other/app/cpu", "acme"]) {
      const removal = one.remove(inPublic(path), [{ tag: "v1" }]);
      await expect(removal).rejects.toThrow(
        "not a public repository in the account of these credentials",
      );
    }
    expect(Object.keys(fake.shelf.state().tags)).toEqual(["v1"]);
  });
});

describe("an ECR that fails", () => {
  it.each([
    [
      "an unknown key",
      { accessKeyId: "AKIANOBODY", secretAccessKey: "nobody-secret" },
      "UnrecognizedClient",
      "check the access key",
    ],
    [
      "a wrong secret",
      { ...ecrKey, secretAccessKey: "wrong" },
      "InvalidSignature",
      "the clock of this machine",
    ],
    [
      "a key without the permission",
      ecrReader,
      "AccessDenied",
      "grant the credentials ecr:BatchDeleteImage",
    ],
  ])("explains %s", async (_, key, type, hint) => {
    ecr.shelf.image("first", "v1");
    const before = ecr.shelf.state();
    const failed = await remover(key)
      .remove(repository, [{ tag: "v1" }])
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RegistryError);
    expect(String(failed)).toContain(type);
    expect(failed).toMatchObject({ status: 400, hint: expect.stringContaining(hint) as unknown });
    expect(String(failed)).not.toContain(key.secretAccessKey);
    expect(ecr.shelf.state()).toEqual(before);
  });

  it("reports a missing repository", async () => {
    const other = { ...repository, path: "acme/other" };
    const failed = await remover()
      .remove(other, [{ tag: "v1" }])
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({
      hint: `${repository.host}/acme/other does not exist: check the name, the account and the region`,
    });
  });

  it("is retried if it throttles, five times at most", async () => {
    const busy = {
      status: 400,
      body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
    };
    ecr.shelf.image("first", "v1");
    ecr.instead.push(busy, busy);
    expect(await remove({ tag: "v1" })).toMatchObject([{ outcome: "deleted" }]);
    expect(bench.time.waits).toEqual([400, 800]);
    ecr.instead.push(...Array.from({ length: 5 }, () => busy));
    await expect(remove({ tag: "v1" })).rejects.toThrow("ThrottlingException: Rate exceeded");
  });

  it.each([
    ["<html>", "a result for each image"],
    ['{"imageIds":{},"failures":[]}', "the deleted images"],
    ['{"imageIds":[{"imageTag":"other"}],"failures":[]}', "a result for each image"],
  ])("does not treat %s as a deletion", async (body, message) => {
    ecr.instead.push({ status: 200, body });
    await expect(remove({ tag: "v1" })).rejects.toThrow(message);
  });

  it.each([
    ["{}", "a page of images"],
    ['{"imageDetails":[{"imageDigest":"x"}]}', "images with their tags"],
    [
      `{"imageDetails":[{"imageDigest":"${digestOf("x")}","imageTags":[1]}]}`,
      "images with their tags",
    ],
  ])("rejects a listing like %s", async (body, message) => {
    ecr.instead.push({ status: 200, body });
    await expect(remove({ digest: digestOf("x") })).rejects.toThrow(message);
  });

  it("stops reading an endless listing", async () => {
    const body = '{"imageDetails":[],"nextToken":"again"}';
    ecr.instead.push(...Array.from({ length: 1001 }, () => ({ status: 200, body })));
    await expect(remove({ digest: digestOf("x") })).rejects.toThrow(FormatError);
  }, 30_000);

  it("is not asked for another registry's repository", async () => {
    const removal = remover().remove({ host: "example.com", path: "a" }, [{ tag: "v1" }]);
    await expect(removal).rejects.toThrow(UsageError);
    expect(ecr.seen).toEqual([]);
  });
});

describe("ecrPlace", () => {
  const place = (region: string, endpoint: string) => ({
    service: "ecr",
    registryId: "123456789012",
    region,
    endpoint: `https://${endpoint}`,
  });

  it.each([
    [
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
      place("eu-west-1", "api.ecr.eu-west-1.amazonaws.com"),
    ],
    [
      "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
      place("cn-north-1", "api.ecr.cn-north-1.amazonaws.com.cn"),
    ],
    [
      "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
      place("us-gov-west-1", "ecr-fips.us-gov-west-1.amazonaws.com"),
    ],
    [
      "123456789012.dkr-ecr.us-east-1.on.aws",
      place("us-east-1", "api.ecr.us-east-1.amazonaws.com"),
    ],
    [
      "public.ecr.aws",
      {
        service: "ecr-public",
        registryId: undefined,
        region: "us-east-1",
        endpoint: "https://api.ecr-public.us-east-1.amazonaws.com",
      },
    ],
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.com", undefined],
    ["12345.dkr.ecr.eu-west-1.amazonaws.com", undefined],
    ["ghcr.io", undefined],
  ])("reads %s", (host, expected) => {
    expect(ecrPlace(host)).toEqual(expected);
  });
});
