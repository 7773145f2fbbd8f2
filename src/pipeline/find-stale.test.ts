import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pushImage } from "../../test/support/images.ts";
import { buildRecord } from "../../test/support/records.ts";
import { startEmbedded, type TestRegistry } from "../../test/support/registries.ts";
import { testClient } from "../../test/support/repository-state.ts";
import { digestOf } from "../oci/digest.ts";
import { withDescendants } from "../inputs/parents/descendants.ts";
import { type BuiltLeg, compareBases, findStale } from "./find-stale.ts";
import { appendToLog } from "./records/append-to-log.ts";
import type { BuildRecord } from "./records/build-record.ts";
import { pinResolver } from "./resolve/resolve-pin.ts";

const [a, b, c] = ["a", "b", "c"].map((text) => digestOf(text)) as [string, string, string];
const startedAt = "2026-11-21T04:00:00Z";

function built(id: string, parts: Readonly<Record<string, string>>): BuiltLeg {
  return { id, last: { startedAt, commit: "c0ffee", input: { digest: digestOf(id), parts } } };
}

describe("the bases of a leg", () => {
  it("are stale if a name has another digest now, and of images and frontends alone", () => {
    const parts = {
      "pin:image:alpine:3.20": a,
      "pin:image:busybox": b,
      "pin:syntax:docker/dockerfile:1": a,
      [`pin:image:debian@${c}`]: c,
      "pin:git:https://github.com/acme/lib.git": "c0ffee",
      "pin:image:unknown": "unresolved",
    };
    const now = [
      { kind: "image", ref: "docker.io/library/alpine:3.20", resolved: b },
      { kind: "image", ref: "busybox", resolved: b },
      { kind: "syntax", ref: "docker/dockerfile:1", resolved: c },
      { kind: "git", ref: "https://github.com/acme/lib.git", resolved: "other" },
      { kind: "image", ref: "unknown", resolved: b },
    ] as const;
    expect(compareBases([built("app", parts)], now).legs).toEqual([
      {
        leg: "app",
        builtAt: startedAt,
        commit: "c0ffee",
        bases: [
          { kind: "image", ref: "alpine:3.20", from: a, to: b },
          { kind: "syntax", ref: "docker/dockerfile:1", from: a, to: c },
        ],
      },
    ]);
  });

  it("count as unmoved and are named if they cannot be found out", () => {
    const note = "not found in the registry; the engine uses it as written";
    expect(
      compareBases(
        [built("app", { "pin:image:alpine": a }), { id: "new", last: undefined }],
        [{ kind: "image", ref: "alpine", resolved: null, note }],
      ),
    ).toEqual({
      legs: [],
      rebuilds: [],
      unbuilt: ["new"],
      unknown: [{ ref: "alpine", why: "not found in the registry" }],
      of: 2,
    });
  });

  it("make everything build again that is built on the leg", () => {
    const family = [
      built("top", {
        ...{ "parent:x": a, "parent-leg:x": "middle" },
        ...{ "parent:y": a, "parent-leg:y": "apart" },
      }),
      built("middle", { "parent:x": a, "parent-leg:x": "base" }),
      built("base", { "pin:image:alpine": a }),
      built("apart", {}),
    ];
    const now = [{ kind: "image", ref: "alpine", resolved: b }] as const;
    expect(compareBases(family, now).rebuilds).toEqual(["top", "middle", "base"]);
  });

  it("do not loop where old logs name each other as parents", () => {
    const circle = [
      { id: "x", parents: ["y"] },
      { id: "y", parents: ["x"] },
      { id: "z", parents: [] },
    ];
    expect(withDescendants(["x"], circle)).toEqual(["x", "y"]);
  });
});

describe("in a registry", () => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startEmbedded();
  });
  afterEach(() => registry[Symbol.asyncDispose]());

  it("the last finished build counts, and each image is asked for once", async () => {
    await using client = testClient();
    const repository = { host: registry.host, path: "base" };
    const image = { repository, platform: "linux/amd64", layers: [], tag: "1" };
    const { index } = await pushImage(client, { ...image, annotations: { moved: "yes" } });
    const ref = `${registry.host}/base:1`;
    const log = (name: string): string => `${registry.host}/cache:log-${name}`;
    const keep = async (
      name: string,
      digest: string,
      results: readonly BuildRecord["result"][],
    ): Promise<void> => {
      for (const result of results) {
        const input = { digest: digestOf(name), parts: { [`pin:image:${ref}`]: digest } };
        const record = buildRecord({ leg: name, startedAt, cache: "cache" });
        await appendToLog(client, log(name), { ...record, result, input });
      }
    };
    await keep("old", a, ["built"]);
    await keep("failing", b, ["built", "failed", "failed", "failed", "failed"]);
    await keep("current", a, ["built"]);
    await keep("current", index.digest, ["built"]);
    await keep("failed", a, ["failed"]);
    const names = ["old", "failing", "current", "failed", "never"];
    const legs = names.map((id) => ({ id, log: log(id) }));
    const asked: string[] = [];
    const resolve = pinResolver({ client, root: "/" });
    const found = await findStale(legs, {
      client,
      resolvePin: (kind, name) => {
        asked.push(name);
        return resolve(kind, name);
      },
    });
    const bases = (from: string) => [{ kind: "image", ref, from, to: index.digest }];
    const shared = { builtAt: startedAt, commit: "" };
    expect(found).toEqual({
      legs: [
        { leg: "old", ...shared, bases: bases(a) },
        { leg: "failing", ...shared, bases: bases(b) },
      ],
      rebuilds: ["old", "failing"],
      unbuilt: ["failed", "never"],
      unknown: [],
      of: 5,
    });
    expect(asked).toEqual([ref]);
  });
});
