import { describe, expect, it } from "vitest";
import { configOf, variantOf } from "../../../test/support/configs.ts";
import { buildRecord } from "../../../test/support/records.ts";
import { digestOf } from "../../oci/digest.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { judgeTags } from "./judge-tags.ts";
import { legTags } from "./leg-tags.ts";
import type { SurveyedTag } from "./survey.ts";
import { usageOf } from "./usage.ts";

const now = Date.parse("2026-11-27T00:00:00Z");
const legs = legTags(configOf({ variants: [variantOf("app"), variantOf("web")] }));
const at = (days: number): string => new Date(now - days * 86_400_000).toISOString();

function tag(name: string, more: Partial<SurveyedTag> = {}, ...blobs: string[]): SurveyedTag {
  return {
    tag: name,
    digest: digestOf(Buffer.from(name)),
    kind: "cache",
    children: [],
    content: blobs.map((it) => ({ digest: digestOf(Buffer.from(it)), size: it.length })),
    createdAt: at(50),
    size: { manifest: 1, config: 1 },
    records: [],
    problem: null,
    ...more,
  };
}

function record(days: number, written: "yes" | "failed", cached: number): BuildRecord {
  const cache = "ghcr.io/acme/cache:cache-app-amd64";
  return buildRecord({ leg: "app/linux/amd64", startedAt: at(days), cache, written, cached });
}

const log = (...records: BuildRecord[]): SurveyedTag =>
  tag("log-app-amd64", { kind: "log", records });
const judge = (tags: readonly SurveyedTag[]) => judgeTags(tags, legs, { now, hasCaches: true });

describe("judgeTags", () => {
  it("tells warm, stale, orphaned and missing tags apart", () => {
    const judged = judge([
      tag("cache-app-amd64"),
      log(record(9, "yes", 1), record(2, "yes", 4)),
      tag("cache-old-amd64"),
      tag("cache-app-amd64.topic"),
      tag("latest", { kind: "other" }),
      tag("dir-npm", { kind: "dir" }),
    ]);
    expect(judged.map((it) => `${it.tag} ${it.state} ${it.leg ?? "-"}`)).toEqual([
      "cache-app-amd64 warm app/linux/amd64",
      "log-app-amd64 warm app/linux/amd64",
      "cache-old-amd64 orphaned -",
      "cache-app-amd64.topic stale app/linux/amd64",
      "latest kept -",
      "dir-npm kept -",
      "cache-web-amd64 missing web/linux/amd64",
    ]);
    expect(judged[0]).toMatchObject({
      neededAt: at(2),
      hits: { builds: 2, steps: 8, cached: 5 },
      warnings: [],
    });
  });

  it("treats the age as unknown if a log cannot be read", () => {
    const lost = { kind: "unreadable", problem: "it is not JSON" } as const;
    const caches = [tag("cache-app-amd64"), tag("cache-web-amd64"), tag("cache-old-amd64")];
    const needed = (log: string) =>
      judge([...caches, tag(log, lost)]).flatMap((it) =>
        it.kind === "cache" ? [it.neededAt] : [],
      );
    expect(needed("log-app-amd64")).toEqual([null, at(50), at(50)]);
    expect(needed("log-gone-amd64")).toEqual([at(50), at(50), null]);
  });

  it("warns of a cache that was not written twice, is unused, or is too large", () => {
    const failing = [record(3, "yes", 0), record(2, "failed", 0), record(1, "failed", 0)];
    const [app, , old] = judge([
      tag("cache-app-amd64", { size: { manifest: 1, config: 2 << 20 } }),
      log(...failing),
      tag("cache-old-amd64"),
    ]);
    expect(app?.warnings).toEqual([
      "no engine can import it: its manifest or config is 2097152 bytes, but BuildKit reads at most 1 MiB",
      "the last 2 builds could not write it",
    ]);
    expect(old?.warnings).toEqual(["no build has used it for a month"]);
  });
});

describe("usageOf", () => {
  it("counts shared content once, and the rest by leg", () => {
    const tags = [
      tag("cache-app-amd64", {}, "base", "of app"),
      tag("cache-app-amd64.topic", {}, "base", "of app"),
      tag("cache-web-amd64", {}, "base", "web"),
      tag("latest", { kind: "other" }, "web", "image"),
      tag("log-web-amd64", { kind: "log" }, "log"),
    ];
    expect(usageOf(tags, legs)).toEqual({
      bytes: 21,
      shared: [
        { legs: 0, bytes: 5 },
        { legs: 1, bytes: 12 },
        { legs: 2, bytes: 4 },
      ],
      legs: [
        { leg: "app/linux/amd64", tags: 2, bytes: 10, own: 6, caches: 10, staged: 0, logs: 0 },
        { leg: "web/linux/amd64", tags: 2, bytes: 10, own: 6, caches: 7, staged: 0, logs: 3 },
        { leg: null, tags: 1, bytes: 8, own: 5, caches: 0, staged: 0, logs: 0 },
      ],
      directories: { tags: 0, bytes: 0, own: 0 },
    });
    expect(judge(tags).map(({ own }) => own)).toEqual([0, 0, 0, 5, 3]);
  });

  it("counts directory caches apart, and what they share once", () => {
    const tags = [
      tag("cache-app-amd64", {}, "base"),
      tag("dir-npm", { kind: "dir" }, "base", "pack", "npm"),
      tag("dir-pip", { kind: "dir" }, "pack"),
    ];
    expect(usageOf(tags, legs)).toMatchObject({
      bytes: 11,
      shared: [{ legs: 1, bytes: 4 }],
      legs: [{ leg: "app/linux/amd64", bytes: 4, own: 4 }],
      directories: { tags: 2, bytes: 11, own: 7 },
    });
  });
});
