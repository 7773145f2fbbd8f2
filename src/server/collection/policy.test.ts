import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { type CollectionPolicy, planCollection } from "./policy.ts";
import type { ManifestView, RepositoryView } from "./view.ts";

const now = 1_000_000;
const graceMs = 1_000;
const leaseMs = 100;
const old = now - graceMs;
const inGrace = old + 1;
const inLease = now - leaseMs + 1;

type Sketch = Readonly<
  Record<
    string,
    {
      readonly parts?: readonly string[];
      readonly subject?: string;
      readonly tagged?: boolean;
      readonly usedAt?: number;
      readonly blob?: boolean;
    }
  >
>;

const names = new Map<Digest, string>();

function named(name: string): Digest {
  const digest = digestOf(name);
  names.set(digest, name);
  return digest;
}

function repository(name: string, sketch: Sketch): RepositoryView {
  const entries = Object.entries(sketch);
  return {
    name,
    tagged: new Set(entries.filter(([, it]) => it.tagged === true).map(([key]) => named(key))),
    manifests: entries
      .filter(([, it]) => it.blob !== true)
      .map(([key, { parts = [], subject, usedAt = old }]): ManifestView => {
        return {
          digest: named(key),
          size: 1,
          parts: parts.map(named),
          subject: subject === undefined ? undefined : named(subject),
          usedAt,
          writtenAt: 0,
        };
      }),
    blobs: entries
      .filter(([, it]) => it.blob === true)
      .map(([key, { usedAt = old }]) => ({ digest: named(key), size: 1, usedAt, writtenAt: 0 })),
  };
}

/** What is deleted, by name: `repository/manifest`, sorted. */
function gone(
  policy: CollectionPolicy,
  sketches: Readonly<Record<string, Sketch>>,
  times: { graceMs?: number; leaseMs?: number } = {},
): string[] {
  const plan = planCollection(policy, { now: () => now, graceMs, leaseMs, ...times });
  const views = Object.entries(sketches).map(([name, sketch]) => repository(name, sketch));
  return plan(views)
    .flatMap((it) =>
      [...it.manifests, ...it.blobs].map((digest) => `${it.repository}/${names.get(digest) ?? ""}`),
    )
    .sort();
}

const blob = { blob: true };

describe("no collection", () => {
  it("deletes nothing", () => {
    const sketch = { app: { image: { parts: ["layer"] }, layer: blob } };
    expect(gone("none", sketch, { graceMs: 0, leaseMs: 0 })).toEqual([]);
  });
});

describe.each(["untagged", "per-repository"] as const)("the policy %s", (policy) => {
  const goneFrom = (sketch: Sketch, times = {}) => gone(policy, { app: sketch }, times);

  it("deletes an untagged image with its blobs, but not those that a tagged image shares", () => {
    expect(
      goneFrom({
        image: { tagged: true, parts: ["config", "shared"] },
        older: { parts: ["older config", "shared"] },
        config: blob,
        "older config": blob,
        shared: blob,
      }),
    ).toEqual(["app/older", "app/older config"]);
  });

  it("keeps what a tagged index refers to at any depth", () => {
    expect(
      goneFrom({
        outer: { tagged: true, parts: ["inner", "missing"] },
        inner: { parts: ["image"] },
        image: { parts: ["layer"] },
        layer: blob,
      }),
    ).toEqual([]);
  });

  it("keeps blobs that a cache lists as if they were manifests", () => {
    expect(
      goneFrom({ cache: { tagged: true, parts: ["a", "config"] }, a: blob, config: blob, b: blob }),
    ).toEqual(["app/b"]);
  });

  it("keeps a digest that is both a manifest and a blob, as both", () => {
    const both = repository("app", { index: { tagged: true, parts: ["image"] }, image: {} });
    const view = {
      ...both,
      blobs: [{ digest: named("image"), size: 1, usedAt: old, writtenAt: 0 }],
    };
    const plan = planCollection(policy, { now: () => now, graceMs, leaseMs });
    expect(plan([view])).toEqual([]);
  });

  it("keeps an untagged image until its grace has passed, and then deletes it", () => {
    const image = (usedAt: number) => ({ image: { parts: ["layer"], usedAt }, layer: blob });
    expect(goneFrom(image(inGrace))).toEqual([]);
    expect(goneFrom(image(old))).toEqual(["app/image", "app/layer"]);
  });

  it("keeps an unreferenced blob until its grace has passed", () => {
    expect(goneFrom({ fresh: { ...blob, usedAt: inGrace }, stale: blob })).toEqual(["app/stale"]);
  });

  it("keeps a child within its lease when its index is deleted", () => {
    expect(goneFrom({ index: { parts: ["image"] }, image: { usedAt: inLease } })).toEqual([
      "app/index",
    ]);
  });

  it("keeps what is within its lease, with everything that it refers to, without any grace", () => {
    expect(
      goneFrom(
        {
          index: { parts: ["image"], subject: "signed", usedAt: inLease },
          image: { parts: ["layer"] },
          layer: blob,
          signed: { parts: ["other layer"], subject: "above" },
          "other layer": blob,
          above: {},
          uploaded: { ...blob, usedAt: inLease },
          rest: { usedAt: inLease - 1 },
        },
        { graceMs: 0 },
      ),
    ).toEqual(["app/rest"]);
  });

  it("has no lease if it is 0", () => {
    expect(goneFrom({ image: { usedAt: now } }, { graceMs: 0, leaseMs: 0 })).toEqual(["app/image"]);
  });

  it("keeps referrers of kept manifests, and their referrers", () => {
    expect(
      goneFrom({
        index: { tagged: true, parts: ["image"] },
        image: {},
        sbom: { subject: "image", parts: ["sbom layer"] },
        "sbom layer": blob,
        signature: { subject: "sbom" },
      }),
    ).toEqual([]);
  });

  it("deletes a referrer with its subject, unless it is tagged", () => {
    expect(
      goneFrom({
        image: {},
        sbom: { subject: "image", usedAt: inGrace },
        signature: { subject: "sbom", usedAt: inGrace },
        tagged: { subject: "image", tagged: true },
      }),
    ).toEqual(["app/image", "app/sbom", "app/signature"]);
  });

  it("treats a referrer whose subject was never pushed as an untagged manifest", () => {
    expect(goneFrom({ early: { subject: "x", usedAt: inGrace }, late: { subject: "x" } })).toEqual([
      "app/late",
    ]);
  });

  it("terminates if manifests refer to each other, which no digests can", () => {
    const circle = { a: { parts: ["b"], subject: "b" }, b: { parts: ["a"], subject: "a" } };
    expect(goneFrom(circle)).toEqual(["app/a", "app/b"]);
    expect(goneFrom({ ...circle, c: { usedAt: inLease, subject: "a" } })).toEqual([]);
  });
});

describe("a tag in another repository", () => {
  const sketches = {
    cache: { leg: { tagged: true, parts: ["layer"] }, layer: blob },
    app: { leg: { parts: ["layer"] }, layer: blob },
  };

  it("keeps the same digest everywhere under untagged", () => {
    expect(gone("untagged", sketches)).toEqual([]);
  });

  it("keeps nothing under per-repository", () => {
    expect(gone("per-repository", sketches)).toEqual(["app/layer", "app/leg"]);
  });
});

it("reads the clock for each plan", () => {
  let time = old + graceMs - 1;
  const plan = planCollection("untagged", { now: () => time, graceMs, leaseMs: 0 });
  const view = repository("app", { image: {} });
  expect(plan([view])).toEqual([]);
  time += 1;
  expect(plan([view])).toEqual([{ repository: "app", manifests: [digestOf("image")], blobs: [] }]);
});
