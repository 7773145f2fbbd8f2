import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheOf, configOf, contextOf } from "../../../test/support/configs.ts";
import { testIo } from "../../../test/support/io.ts";
import type { Repository } from "../../oci/reference.ts";
import { decideTrust } from "../../trust/trust.ts";
import { type CacheNeed, openCacheHome } from "./cache-home.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "layerkeep-home-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const local = { provider: "git", event: "local" } as const;
const ci = { provider: "git", event: "ci" } as const;
const named = { host: "ghcr.io", path: "acme/cache" };
const unnamed = undefined;
const plan: CacheNeed = { command: "plan", access: "read" };
const up: CacheNeed = { command: "up", access: "read", inCi: true };
const here = /^127\.0\.0\.1:2\d{4}\/app-[0-9a-f]{12}$/;

function homeOf(
  repository: Repository | undefined,
  run: typeof local | typeof ci,
  need: CacheNeed | undefined,
) {
  const config = configOf({ root: "/srv/app", cache: cacheOf({ repository }) });
  const context = contextOf(run);
  const claims = { default: undefined, release: [], writeOnTags: false };
  const trust = decideTrust(context, { claims, outside: {}, write: run === ci });
  const { io } = testIo({ env: { XDG_CACHE_HOME: home } });
  return openCacheHome(config, { context, trust }, need, io);
}

describe("the cache repository of a run", () => {
  test.each([
    ["the config's, if it names one", named, local, plan],
    ["the config's in CI, too", named, ci, up],
    ["the config's, for a command that does not look into it", named, local, undefined],
  ] as const)("is %s", async (_, repository, run, need) => {
    expect(await homeOf(repository, run, need)).toEqual({
      repository: "ghcr.io/acme/cache",
      registry: undefined,
      warnings: [],
    });
  });

  test("is this checkout's in the default registry otherwise, and always the same", async () => {
    const { repository, registry, warnings } = await homeOf(unnamed, local, plan);
    expect(repository).toMatch(here);
    expect(registry).toMatchObject({ isEmpty: true });
    expect(warnings).toEqual([]);
    expect((await homeOf(unnamed, local, up)).repository).toBe(repository);
    expect((await homeOf(named, local, { ...up, isLocal: true })).repository).toBe(repository);
    // Reading an empty registry starts nothing and writes nothing.
    expect(await readdir(home)).toEqual([]);
  });

  test("is none in CI without cache:, except for up, which warns", async () => {
    expect(await homeOf(unnamed, ci, plan)).toMatchObject({ repository: undefined });
    const { repository, warnings } = await homeOf(unnamed, ci, up);
    expect(repository).toMatch(here);
    expect(warnings.join()).toContain("kept only on this runner");
    const asked = await homeOf(unnamed, ci, { ...up, isLocal: true });
    expect(asked.warnings).toEqual([]);
  });
});
