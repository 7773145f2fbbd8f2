import { describe, expect, it } from "vitest";
import { cacheOf, contextOf, namesOf } from "../../../test/support/configs.ts";
import type { CacheConfig, CacheType } from "../../config/config.ts";
import { parseRepository } from "../../oci/reference.ts";
import { cacheRefs } from "./cache-refs.ts";
import type { Context } from "../../trust/context.ts";
import { refSlug } from "../names.ts";
import type { CacheRef } from "../plan.ts";
import { decideTrust, trustEmbedded } from "../../trust/trust.ts";

const names = namesOf("app", "linux/arm64");

interface Where {
  readonly context?: Partial<Context>;
  readonly cache?: Partial<CacheConfig>;
  readonly write?: boolean;
  /** The embedded registry's, which replaces the config's. */
  readonly embedded?: string;
}

/** A leg's caches, with the trust that the context really has. */
function refs(where: Where): { from: readonly CacheRef[]; to: readonly CacheRef[] } {
  const context = contextOf(where.context);
  const scratch = parseRepository("ghcr.io/acme/scratch");
  const cache = cacheOf({ scratch, ...where.cache });
  const { writeOnTags } = cache;
  const write = where.write ?? false;
  const claims = { default: undefined, release: ["release/*"], writeOnTags };
  const decided = decideTrust(context, { claims, outside: { claims: { value: claims } }, write });
  return cacheRefs(names, {
    cache,
    context,
    trust: where.embedded === undefined ? decided : trustEmbedded(decided),
    repository: where.embedded ?? "ghcr.io/acme/cache",
    defaultBranch: context.defaultBranch,
  });
}

/** The same, as addresses only. */
function addresses(where: Where): { from: string[]; to: string[] } {
  const { from, to } = refs(where);
  const address = ({ attributes }: CacheRef): string =>
    (attributes["ref"] ?? "").replace("ghcr.io/acme/", "");
  return { from: from.map(address), to: to.map(address) };
}

const own = "cache:cache-app-arm64";
const onRelease = `${own}.${refSlug("release/1.x")}`;
const scratch = "scratch:cache-app-arm64";
const release = { ref: "refs/heads/release/1.x", branch: "release/1.x" };
const feature = { ref: "refs/heads/feature", branch: "feature" };
const tag = { ref: "refs/tags/v1", branch: undefined, tag: "v1", branchesWithCommit: ["main"] };
const pull = {
  event: "pull_request",
  ref: "refs/pull/5/merge",
  branch: undefined,
  baseBranch: "main",
  pullRequest: { number: 5, fork: true },
};
const local = { provider: "git", event: "local" } as const;

describe("who reads and writes which cache", () => {
  it.each<[string, Where, { from: string[]; to: string[] }]>([
    ["the default branch", {}, { from: [own], to: [own] }],
    ["a schedule on it", { context: { event: "schedule" } }, { from: [own], to: [own] }],
    [
      "a release branch: its own, warmed by the default branch's",
      { context: release },
      { from: [onRelease, own], to: [onRelease] },
    ],
    ["a tag on the default branch", { context: tag }, { from: [own], to: [] }],
    [
      "a tag, when asked to write",
      { context: tag, cache: { writeOnTags: true } },
      { from: [own], to: [own] },
    ],
    [
      "a tag elsewhere",
      { context: { ...tag, branchesWithCommit: ["feature"] } },
      { from: [`${scratch}.tag-v1`, own], to: [`${scratch}.tag-v1`] },
    ],
    [
      "another branch",
      { context: feature },
      { from: [`${scratch}.branch-feature`, own], to: [`${scratch}.branch-feature`] },
    ],
    [
      "another branch without a scratch repository",
      { context: feature, cache: { scratch: undefined } },
      { from: [own], to: [] },
    ],
    [
      "a pull request",
      { context: pull },
      { from: [`${scratch}.pr-5`, own], to: [`${scratch}.pr-5`] },
    ],
    [
      "a pull request to a release branch: its base's before the default branch's",
      { context: { ...pull, baseBranch: "release/1.x" } },
      { from: [`${scratch}.pr-5`, onRelease, own], to: [`${scratch}.pr-5`] },
    ],
    [
      "pull_request_target, which writes nothing",
      { context: { ...pull, event: "pull_request_target" } },
      { from: [`${scratch}.pr-5`, own], to: [] },
    ],
    [
      "a checkout that is not the event's commit",
      { context: { head: "d".repeat(40) } },
      { from: [`${scratch}.branch-main`, own], to: [] },
    ],
    ["a local run", { context: local }, { from: [own], to: [] }],
    [
      "a local run asked to write, which reads no scratch",
      { context: { ...local, branch: "feature" }, write: true },
      { from: [own], to: [own] },
    ],
    [
      "a local run with the embedded registry",
      { context: local, embedded: "127.0.0.1:5000/x" },
      { from: ["127.0.0.1:5000/x:cache-app-arm64"], to: ["127.0.0.1:5000/x:cache-app-arm64"] },
    ],
  ])("%s", (_, where, expected) => {
    expect(addresses(where)).toEqual(expected);
  });

  it("keeps the scratch of a branch, a tag and a pull request of one name apart", () => {
    const branch = { ref: "refs/heads/pr-5", branch: "pr-5" };
    const tagged = { ...tag, ref: "refs/tags/pr-5", tag: "pr-5", branchesWithCommit: [] };
    const written = [branch, tagged, pull].flatMap((context) => addresses({ context }).to);
    expect(new Set(written).size).toBe(3);
  });
});

describe("caches that are not in a registry", () => {
  it.each<[CacheType, Record<string, string>]>([
    ["gha", { scope: `cache-app-arm64.${refSlug("release/1.x")}` }],
    ["s3", { name: `cache-app-arm64.${refSlug("release/1.x")}` }],
    ["azblob", { name: `cache-app-arm64.${refSlug("release/1.x")}` }],
    ["local", { dest: `.layerkeep/cache/cache-app-arm64.${refSlug("release/1.x")}` }],
  ])("%s also ends with a release branch's name", (type, attributes) => {
    const { to } = refs({ context: release, cache: { type, exportOptions: {} } });
    expect(to).toEqual([{ type, attributes }]);
  });

  it("are still written as scratch to a registry", () => {
    for (const type of ["local", "inline", "gha", "s3", "azblob"] as const) {
      const ref = "ghcr.io/acme/scratch:cache-app-arm64.pr-5";
      const { to } = refs({ context: pull, cache: { type, exportOptions: { bucket: "b" } } });
      expect(to).toEqual([{ type: "registry", attributes: { ref, mode: "max" } }]);
    }
  });

  it("inline is read once if two branches share one image", () => {
    const ref = "ghcr.io/acme/cache:leg-app-arm64";
    expect(refs({ context: release, cache: { type: "inline" } }).from).toEqual([
      { type: "registry", attributes: { ref } },
    ]);
  });

  it("a local cache's tag and digest pin what is read, and do not affect what is written", () => {
    const pins = { tag: "nightly", digest: `sha256:${"a".repeat(64)}` };
    const importOptions = { src: "kept", ...pins };
    const { from, to } = refs({ cache: { type: "local", exportOptions: {}, importOptions } });
    expect(from).toEqual([{ type: "local", attributes: { src: "kept/cache-app-arm64", ...pins } }]);
    expect(to).toEqual([{ type: "local", attributes: { dest: "kept/cache-app-arm64" } }]);
  });

  it("reads a local cache from its src and writes it to its dest, if they differ", () => {
    const { from, to } = refs({
      cache: { type: "local", exportOptions: { dest: "new" }, importOptions: { src: "old/" } },
    });
    expect(from).toEqual([{ type: "local", attributes: { src: "old/cache-app-arm64" } }]);
    expect(to).toEqual([{ type: "local", attributes: { dest: "new/cache-app-arm64" } }]);
  });
});

it("reads scratch without options that only an exporter takes", () => {
  const exportOptions = { mode: "min", compression: "zstd" };
  const { from, to } = refs({ context: pull, cache: { exportOptions } });
  const ref = "ghcr.io/acme/scratch:cache-app-arm64.pr-5";
  expect(to).toEqual([{ type: "registry", attributes: { ref, ...exportOptions } }]);
  expect(from[0]).toEqual({ type: "registry", attributes: { ref } });
});
