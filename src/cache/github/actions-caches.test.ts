import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type FakeActionsCaches,
  startFakeActionsCaches,
} from "../../../test/support/providers/actions-caches.ts";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import { ActionsCaches } from "./actions-caches.ts";
import { judgeEntries, usageByRef } from "./judge-entries.ts";

let bench: RemoverBench;
let github: FakeActionsCaches;
beforeEach(async () => {
  bench = removerBench();
  github = await startFakeActionsCaches();
});
afterEach(async () => {
  bench[Symbol.dispose]();
  await github.server[Symbol.asyncDispose]();
});

function open(token = "secret", repository = "acme/app"): ActionsCaches {
  const apiUrl = `http://${github.server.host}`;
  return new ActionsCaches({ ...bench.context, repository, token, apiUrl });
}

describe("GitHub's own entries", () => {
  it("are listed over all pages, with their usage", async () => {
    for (let at = 0; at < 250; at++) github.add("refs/heads/main", `key-${at}`, 2);
    const caches = open();
    const all = await caches.list();
    expect(new Set(all.map(({ key }) => key)).size).toBe(250);
    expect(await caches.usage()).toEqual({ bytes: 500, count: 250, allowance: 10e9 });
  });

  it("include the repository's allowance, if it is known", async () => {
    await github.server[Symbol.asyncDispose]();
    github = await startFakeActionsCaches({ max_cache_size_gb: 50 });
    expect(await open().usage()).toMatchObject({ allowance: 50e9 });
  });

  it("are live as long as their branch or pull request is", async () => {
    github.branches.add("main").add("feature/a b");
    github.openPulls.add(7);
    const caches = open();
    const live = async (ref: string): Promise<boolean> => caches.isLive(ref);
    expect(await live("refs/heads/main")).toBe(true);
    expect(await live("refs/heads/feature/a b")).toBe(true);
    expect(await live("refs/heads/gone")).toBe(false);
    expect(await live("refs/pull/7/merge")).toBe(true);
    expect(await live("refs/pull/8/merge")).toBe(false);
    expect(await live("refs/other/x")).toBe(true);
  });

  it("are an error if the token cannot see branches, which then look deleted", async () => {
    github.branches.add("main");
    github.seesCode = false;
    const caches = open();
    await expect(caches.isLive("refs/heads/main")).rejects.toThrow(
      /404.*heads\/main|heads\/main.*404/,
    );
    await expect(caches.isLive("refs/heads/other")).rejects.toThrow("404");
    await expect(caches.isLive("refs/pull/7/merge")).rejects.toThrow("404");
  });

  it("are deleted within GitHub's rate limit, and missing ones are not an error", async () => {
    for (let at = 0; at < 300; at++) github.add("refs/heads/main", `key-${at}`, 2);
    const caches = open();
    for (const { id } of await caches.list()) expect(await caches.delete(id)).toBe(true);
    expect(github.entries).toEqual([]);
    expect(bench.time.clock()).toBeGreaterThan(100_000);
    expect(await caches.delete(1)).toBe(false);
  });

  it("cannot be listed without a valid token, or for a missing repository", async () => {
    await expect(open("wrong").list()).rejects.toThrow("401 GitHub answered: Bad credentials");
    await expect(open("secret", "acme/none").list()).rejects.toThrow("404");
  });
});

describe("an entry", () => {
  const entry = (id: number, ref: string, key: string, size = 10) => ({
    ...{ id, ref, key, size },
    createdAt: "2026-11-01T00:00:00Z",
    lastAccessedAt: `2026-11-0${id}T00:00:00Z`,
  });
  const [main, pull, other] = ["refs/heads/main", "refs/pull/8/merge", "refs/heads/other"];
  const entries = [
    entry(1, main, "index-app-1-12345678#1"),
    entry(2, main, "index-app-1-12345678#12"),
    entry(3, main, `buildkit-blob-1-sha256:${"a".repeat(64)}`),
    entry(4, pull, "index-app-1-87654321#2", 30),
    entry(5, main, "node-modules-linux-1"),
  ];

  it("is identified by its key, and readable or not by its ref", () => {
    const told = judgeEntries(entries, new Set([main]));
    expect(told.map(({ id, kind, scope, state }) => [id, kind, scope, state])).toEqual([
      [1, "index", "app", "superseded"],
      [2, "index", "app", "live"],
      [3, "blob", null, "live"],
      [4, "index", "app", "orphaned"],
      [5, "actions/cache", null, "live"],
    ]);
  });

  it("of a signed cache is BuildKit's, and a signature is kept while its ref has a signed index", () => {
    const at = {
      size: 1,
      createdAt: "2026-11-01T00:00:00Z",
      lastAccessedAt: "2026-11-01T00:00:00Z",
    };
    const signature = `buildkit-blob-1-sha256:${"a".repeat(64)}-sig`;
    const signed = [
      { id: 1, ref: main, key: "index-app-1-12345678-sig#1", ...at },
      { id: 2, ref: main, key: "index-app-1-12345678-sig#2", ...at },
      { id: 3, ref: main, key: "index-app-1-12345678#9", ...at },
      { id: 4, ref: main, key: signature, ...at },
      { id: 5, ref: other, key: signature, ...at },
    ];
    const told = judgeEntries(signed, new Set([main, other]));
    expect(told.map(({ id, kind, scope, state }) => [id, kind, scope, state])).toEqual([
      [1, "index", "app", "superseded"],
      [2, "index", "app", "live"],
      [3, "index", "app", "live"],
      [4, "signature", null, "live"],
      [5, "signature", null, "superseded"],
    ]);
  });

  it("is counted by ref", () => {
    expect(usageByRef(entries, new Set([main]))).toEqual([
      { ref: main, isLive: true, entries: 4, bytes: 40, lastAccessedAt: "2026-11-05T00:00:00Z" },
      { ref: pull, isLive: false, entries: 1, bytes: 30, lastAccessedAt: "2026-11-04T00:00:00Z" },
    ]);
  });
});
