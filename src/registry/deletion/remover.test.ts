import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import { UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { chooseRemover, providerOf, type RemoverOptions } from "./choose.ts";
import { Ledger, type Removal, refusedForTags, type Target } from "./remover.ts";

let bench: RemoverBench;
beforeEach(() => void (bench = removerBench()));
afterEach(() => bench[Symbol.dispose]());

const digest = digestOf("x");
const all: Omit<RemoverOptions, "transport"> = {
  quay: { token: "t" },
  ghcr: { token: "t" },
  dockerHub: { username: "u", token: "t" },
  ecr: { accessKeyId: "a", secretAccessKey: "s" },
};

describe("providerOf", () => {
  it.each([
    ["quay.io", "quay"],
    ["GHCR.io", "ghcr"],
    ["docker.io", "docker-hub"],
    ["public.ecr.aws", "ecr"],
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "ecr"],
    ["quay.example.com", "oci"],
    ["ghcr.io:5000", "oci"],
    ["127.0.0.1:5000", "oci"],
  ])("maps %s to %s", (host, provider) => {
    expect(providerOf(host)).toBe(provider);
  });
});

describe("chooseRemover", () => {
  it("uses the host, or the given provider", () => {
    const choose = (host: string, options = {}) =>
      chooseRemover({ host, path: "a/b" }, { ...bench.context, ...all, ...options }).provider;
    const hosts = ["quay.io", "ghcr.io", "docker.io", "public.ecr.aws", "example.com"];
    expect(hosts.map((host) => choose(host))).toEqual(["quay", "ghcr", "docker-hub", "ecr", "oci"]);
    expect(choose("quay.example.com", { provider: "quay" })).toBe("quay");
    expect(choose("quay.io", { provider: "oci" })).toBe("oci");
  });

  it.each([
    ["quay.io", "repo:write"],
    ["ghcr.io", "delete:packages"],
    ["docker.io", "an access token with delete permission"],
    ["public.ecr.aws", "ecr:BatchDeleteImage"],
  ])("explains what the API at %s requires", (host, wanted) => {
    const choose = () => chooseRemover({ host, path: "a/b" }, bench.context);
    expect(choose).toThrow(UsageError);
    expect(choose).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(wanted) as unknown }),
    );
  });

  it("supports expiry only in Quay", () => {
    const hosts = ["quay.io", "ghcr.io", "docker.io", "public.ecr.aws", "example.com"];
    const able = hosts.filter((host) => {
      const remover = chooseRemover({ host, path: "a/b" }, { ...bench.context, ...all });
      return remover.expireTag !== undefined;
    });
    expect(able).toEqual(["quay.io"]);
  });
});

describe("the targets of a deletion", () => {
  it.each<[Target]>([
    [{ tag: "../../v1" }],
    [{ tag: "" }],
    [{ tag: "a/b" }],
    [{ tag: "a?b" }],
    [{ digest: "sha256:x" }],
  ])("are rejected before any request if one is %j", async (bad) => {
    for (const host of ["quay.io", "ghcr.io", "docker.io", "public.ecr.aws", "example.invalid"]) {
      const repository = { host, path: "a/b" };
      const remover = chooseRemover(repository, { ...bench.context, ...all });
      const removal = remover.remove(repository, [{ tag: "good" }, bad]);
      await expect(removal).rejects.toThrow(UsageError);
    }
  });

  it("are reported once each, and returned in the order of the targets", () => {
    const seen: Removal[] = [];
    const targets: Target[] = [{ tag: "a" }, { digest }, { tag: "a" }, { tag: "b" }];
    const ledger = new Ledger(targets, { onRemoval: (removal) => void seen.push(removal) });
    ledger.settleManifest(digest, ["a", "not asked for"], { outcome: "deleted" });
    ledger.settle({ tag: "a" }, { outcome: "absent" });
    expect(seen).toHaveLength(2);
    const removals = ledger.removals();
    expect(seen).toEqual([
      { target: { digest }, outcome: "deleted" },
      { target: { tag: "a" }, outcome: "deleted" },
      { target: { tag: "b" }, outcome: "absent" },
    ]);
    expect(removals).toEqual([
      { target: { tag: "a" }, outcome: "deleted" },
      { target: { digest }, outcome: "deleted" },
      { target: { tag: "a" }, outcome: "deleted" },
      { target: { tag: "b" }, outcome: "absent" },
    ]);
  });

  it("lists at most five tags in words, and all of them as data", () => {
    const tags = ["1", "2", "3", "4", "5", "6", "7"];
    expect(refusedForTags(digest, tags, "it goes with all")).toMatchObject({
      reason: `it goes with all: 1, 2, 3, 4, 5 and 2 more also point to ${digest}`,
      tags,
    });
  });
});
