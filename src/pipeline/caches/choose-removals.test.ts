import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configOf, variantOf } from "../../../test/support/configs.ts";
import { buildRecord } from "../../../test/support/records.ts";
import type { Retention } from "../../config/config.ts";
import { digestOf } from "../../oci/digest.ts";
import { chooseRemovals } from "./choose-removals.ts";
import { judgeTags } from "./judge-tags.ts";
import { legTags } from "./leg-tags.ts";
import type { SurveyedTag } from "./survey.ts";

const now = Date.parse("2026-11-27T00:00:00Z");
const dayMs = 86_400_000;
const nothing: Omit<Retention, "dirs"> = {
  orphaned: undefined,
  unused: undefined,
  legs: undefined,
  maxSize: undefined,
  grace: dayMs,
};
const legs = legTags(configOf({ variants: [variantOf("app"), variantOf("web")] }));
const hex = (letter: string): string => letter.repeat(40);

function tag(name: string, kind: SurveyedTag["kind"], days: number | null, ...blobs: string[]) {
  const content = [name.replace(/-[\da-f]{40}$/, ""), ...blobs].map((it) => ({
    digest: digestOf(Buffer.from(it)),
    size: 100,
  }));
  return {
    tag: name,
    digest: digestOf(Buffer.from(`${kind} ${blobs.join()}`)),
    kind,
    children: [],
    content,
    createdAt: days === null ? null : new Date(now - days * dayMs).toISOString(),
    size: { manifest: 1, config: 1 },
    records: [],
    problem: null,
  } satisfies SurveyedTag;
}

function chosenOf(tags: readonly SurveyedTag[], policy: Partial<Retention>) {
  const judged = judgeTags(tags, legs, { now, hasCaches: true });
  const { chosen, ...rest } = chooseRemovals(tags, judged, { ...nothing, ...policy }, now);
  return { ...rest, tags: chosen.map((it) => it.tag), reasons: chosen.map((it) => it.reason) };
}

describe("chooseRemovals", () => {
  it("deletes what no leg has had for long enough, and nothing that is not ours", () => {
    const tags = [
      tag("cache-app-amd64", "cache", 100, "a"),
      tag("cache-app-amd64.feature-x", "cache", 100, "b"),
      tag("cache-old-amd64", "cache", 10, "c"),
      tag("cache-older-amd64", "cache", 3, "d"),
      tag("log-old-amd64", "log", 10),
      tag("latest", "other", 100, "e"),
      tag("epoch", "epoch", 100),
      tag("strange", "unreadable", 100),
      tag("cache-ageless-amd64", "cache", null, "f"),
    ];
    expect(chosenOf(tags, { orphaned: 7 * dayMs })).toMatchObject({
      tags: ["cache-old-amd64", "log-old-amd64"],
      reasons: ["no leg uses it; last used 10 days ago", "no leg uses it; last used 10 days ago"],
    });
    expect(chosenOf(tags, {}).tags).toEqual([]);
  });

  it("deletes caches that no build has needed", () => {
    const tags = [
      tag("cache-app-amd64", "cache", 40, "a"),
      tag("cache-web-amd64", "cache", 20, "b"),
    ];
    expect(chosenOf(tags, { unused: 30 * dayMs }).tags).toEqual(["cache-app-amd64"]);
  });

  it("deletes builds beyond the newest, never the newest itself", () => {
    const newest = tag("leg-app-amd64", "leg", 1, "x");
    const tags = [
      newest,
      { ...tag(`leg-app-amd64-${hex("a")}`, "leg", 3, "x"), digest: newest.digest },
      tag(`leg-app-amd64-${hex("b")}`, "leg", 2, "y"),
      tag(`leg-app-amd64-${hex("c")}`, "leg", 9, "z"),
      tag(`leg-web-amd64-${hex("d")}`, "leg", 9, "w"),
    ];
    expect(chosenOf(tags, { legs: 2 }).tags).toEqual([`leg-app-amd64-${hex("c")}`]);
    expect(chosenOf(tags, { legs: 1 }).tags).toEqual([
      `leg-app-amd64-${hex("b")}`,
      `leg-app-amd64-${hex("c")}`,
      `leg-web-amd64-${hex("d")}`,
    ]);
  });

  it("deletes the caches needed longest ago, until the rest is small enough", () => {
    const tags = [
      tag("cache-app-amd64", "cache", 5, "shared", "a"),
      tag("cache-web-amd64", "cache", 3, "shared", "b"),
      tag("cache-app-amd64.topic", "cache", 9, "shared", "c"),
    ];
    const { tags: chosen, freed, left, warnings } = chosenOf(tags, { maxSize: 500 });
    expect({ chosen, freed, left, warnings }).toEqual({
      chosen: ["cache-app-amd64.topic"],
      freed: 200,
      left: 500,
      warnings: [],
    });
    expect(chosenOf(tags, { maxSize: 100, grace: 4 * dayMs })).toMatchObject({
      left: 300,
      warnings: [
        expect.stringContaining(
          "300 bytes remain, which exceeds the limit of 100: the remaining tags are in use or do not belong to Layerkeep",
        ) as string,
      ],
    });
  });

  it("neither deletes directory caches nor counts them as too much", () => {
    const tags = [
      tag("cache-app-amd64", "cache", 5, "a"),
      tag("dir-npm", "dir", 100, "b"),
      tag("dir-pip", "dir", 100, "c"),
    ];
    const policy = { orphaned: dayMs, unused: 90 * dayMs, maxSize: 200 };
    expect(chosenOf(tags, policy)).toMatchObject({ tags: [], warnings: [] });
  });

  describe("what a leg was built on", () => {
    const digest = digestOf("base");
    const startedAt = new Date(now - 100 * dayMs).toISOString();
    const parent = (name: string) => `leg-${name}-amd64-${digest.slice(7, 47)}`;
    const log = (name: string, part: string) => ({
      ...tag(`log-${name}-amd64`, "log", 100),
      records: [
        {
          ...buildRecord({ leg: `${name}/linux/amd64`, startedAt, cache: "h/c:1" }),
          input: { digest: digestOf(name), parts: { [part]: digest } },
        },
      ],
    });

    it("stays as long as the log of a leg that exists names it", () => {
      const tags = [
        tag(parent("gone"), "leg", 100),
        tag(parent("web"), "leg", 100),
        tag(`leg-web-amd64-${hex("a")}`, "leg", 90),
        tag(`leg-web-amd64-${hex("b")}`, "leg", 80),
        log("app", "parent:base"),
      ];
      const policy = { orphaned: 7 * dayMs, legs: 1 };
      expect(chosenOf(tags, policy).tags).toEqual([
        `leg-web-amd64-${hex("a")}`,
        `leg-web-amd64-${hex("b")}`,
      ]);
      // A digest of another kind keeps nothing.
      const other = [...tags.slice(0, -1), log("app", "context:base")];
      expect(chosenOf(other, policy).tags).toContain(parent("gone"));
      expect(chosenOf(other, policy).tags).toContain(parent("web"));
    });

    it("is deleted with what was built on it, if no leg is", () => {
      const tags = [tag(parent("gone"), "leg", 100), log("old", "parent:base")];
      expect(chosenOf(tags, { orphaned: 7 * dayMs }).tags).toEqual([
        parent("gone"),
        "log-old-amd64",
      ]);
    });
  });

  it("deletes nothing younger than the grace, nor held by what stays", () => {
    const kinds = fc.constantFrom("cache", "leg", "log", "other", "unreadable", "epoch");
    const names = fc.constantFrom("app-amd64", "web-amd64", "gone-amd64", `app-amd64-${hex("e")}`);
    const many = fc.array(
      fc.tuple(kinds, names, fc.option(fc.integer({ min: 0, max: 60 })), fc.subarray(["p", "q"])),
      { maxLength: 12 },
    );
    const days = fc.option(
      fc.integer({ min: 0, max: 40 }).map((it) => it * dayMs),
      {
        nil: undefined,
      },
    );
    const policies = fc.record({
      orphaned: days,
      unused: days,
      legs: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      maxSize: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
      grace: fc.integer({ min: 0, max: 5 }).map((it) => it * dayMs),
    });
    fc.assert(
      fc.property(many, policies, (given, policy) => {
        const made = given.map(([kind, name, age, blobs]) => ({
          ...tag(`${kind}-${name}`, kind, age, ...blobs),
          children: blobs.map((it) => digestOf(Buffer.from(it))),
        }));
        const tags = [...new Map(made.map((it) => [it.tag, it])).values()];
        const { tags: chosen, children, freed, left } = chosenOf(tags, policy);
        const gone = tags.filter((it) => chosen.includes(it.tag));
        const stay = tags.filter((it) => !chosen.includes(it.tag));
        for (const { kind, createdAt } of gone) {
          expect(["cache", "leg", "log"]).toContain(kind);
          expect(now - Date.parse(createdAt ?? "")).toBeGreaterThanOrEqual(policy.grace);
        }
        const needed = new Set(stay.flatMap((it) => [it.digest, ...it.children]));
        expect(children.filter((digest) => needed.has(digest))).toEqual([]);
        const sizes = new Map(
          tags.flatMap((it) => it.content.map((one) => [one.digest, one.size])),
        );
        expect(freed + left).toBe([...sizes.values()].reduce((a, b) => a + b, 0));
      }),
      { numRuns: 1_000 },
    );
  });
});
