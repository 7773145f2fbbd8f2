import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const [registry] = testEngine().registries;
let project: Project;

beforeEach(() => {
  project = createProject((id) => smallProject(configOf(id, ["core", "old"])));
});
afterEach(() => project[Symbol.dispose]());

function configOf(id: string, variants: readonly string[], more = ""): string {
  const list = variants.map((name) => `  ${name}: {}\n`).join("");
  return `cache: { repository: ${registry}/${id}/cache${more} }\nvariants:\n${list}`;
}

const run = (...args: string[]) => layerkeep(project, args, { env: engineEnv() });
const build = () => run("build", "--write", "--quiet");
async function tags(): Promise<readonly string[]> {
  return Object.keys(await tagsOf(`${registry}/${project.id}/cache`));
}

test("a repository is listed beside the legs, before and after they were built", async () => {
  const before = await run("cache", "ls");
  expect(before).toMatchObject({ code: 0, stderr: "" });
  expect(before.stdout).toContain("caches: 2 missing; 0 staged builds, 0 logs");
  expect(await build()).toMatchObject({ code: 0 });
  project.write({ "layerkeep.yml": configOf(project.id, ["core", "new"]) });
  const after = await run("cache", "ls", "--all");
  expect(after).toMatchObject({ code: 0, stderr: "" });
  expect(after.stdout).toMatch(/^missing +cache-new-amd64 +new\/linux\/amd64$/m);
  expect(after.stdout).toMatch(/^orphaned +cache-old-amd64 +\d/m);
  expect(after.stdout).toMatch(
    /^warm +cache-core-amd64 +core\/linux\/amd64 +[\d.]+ MB +[\d.]+ k?B +\d+ h +0 h +\d+ %$/m,
  );
  expect(after.stdout).toContain("caches: 1 missing, 1 orphaned, 1 warm; 2 staged builds, 2 logs");
  const used = await run("cache", "du", "--json");
  expect(at(used.stdout, "legs")).toHaveLength(2);
  const table = await run("cache", "du");
  expect(table.stdout).toMatch(/MB in total: /);
});

test("what no leg has goes when it is told to, and not before", async () => {
  expect(await build()).toMatchObject({ code: 0 });
  project.write({
    "layerkeep.yml": configOf(project.id, ["core"], ", retention: { orphaned: 0 }"),
  });
  const early = await run("cache", "prune");
  expect(early.stdout).toMatch(/^nothing to delete/m);
  expect(early.stderr).toContain(
    "note: 4 more tags will be kept for now: they were used within the grace period of 1 day (cache.retention.grace or --grace",
  );
  const retention = ", retention: { orphaned: 0 days, grace: 0 }";
  project.write({ "layerkeep.yml": configOf(project.id, ["core"], retention) });
  const all = await tags();
  const planned = await run("cache", "prune");
  expect(planned).toMatchObject({ code: 0, stderr: "" });
  expect(planned.stdout).toMatch(
    /^cache-old-amd64 +cache +no leg uses it; last used \d+ minutes? ago$/m,
  );
  expect(planned.stdout).toMatch(
    /^4 tags would be deleted, freeing .* Pass --yes to delete them$/m,
  );
  expect(await tags()).toEqual(all);
  const pruned = await run("cache", "prune", "--yes");
  expect(pruned).toMatchObject({ code: 0, stderr: "" });
  expect(pruned.stdout).toMatch(/^4 tags(?: and \d manifests?)? deleted/);
  expect((await tags()).filter((tag) => tag.includes("old"))).toEqual([]);
  expect((await tags()).length).toBe(all.length - 4);
  // What stays is as good as it was.
  expect((await run("plan")).stdout).toMatch(/core\/linux\/amd64 +reuse/);
  expect((await run("cache", "prune", "--yes")).stdout).toMatch(
    /^nothing to delete \(.* remain\)$/m,
  );
});

test("a repository that is all another config's is left alone", async () => {
  expect(await build()).toMatchObject({ code: 0 });
  project.write({ "layerkeep.yml": configOf(project.id, ["other"]) });
  const { code, stderr } = await run("cache", "prune", "--orphaned", "0", "--grace", "0", "--yes");
  expect(code).toBe(2);
  expect(stderr).toContain("belongs to this config, so this might be the wrong config");
  expect((await tags()).length).toBe(8);
});

test("a leg or a tag that is named goes, and nothing that it is not", async () => {
  expect(await build()).toMatchObject({ code: 0 });
  const planned = await run("cache", "rm", "old/linux/amd64", "log-core-amd64");
  expect(planned.stdout).toContain("5 tags would be deleted");
  const removed = await run("cache", "rm", "old/linux/amd64", "--yes");
  expect(removed).toMatchObject({ code: 0, stderr: "" });
  expect((await tags()).filter((tag) => tag.includes("old"))).toEqual([]);
  const unknown = await run("cache", "rm", "core/linux/amd65");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(
    /"core\/linux\/amd65" is not a tag in \S+ or a leg or variant in the config/,
  );
  expect(unknown.stderr).toContain('did you mean "core/linux/amd64"?');
});

test("caches are named by legs and variants, and by nothing that may mean another registry", async () => {
  const two = ", platforms: [linux/amd64, linux/arm64]";
  project.write({
    "layerkeep.yml": `cache: ${registry}/${project.id}/cache\nvariants:\n  core: {}\n  api: { ${two.slice(2)} }\n`,
  });
  expect(await build()).toMatchObject({ code: 0 });
  const inspected = await run("cache", "inspect", "core", "--json");
  expect(inspected).toMatchObject({ code: 0, stderr: "" });
  const ref = `${registry}/${project.id}/cache:cache-core-amd64`;
  expect(at(inspected.stdout, "name")).toBe(`type=registry,ref=${ref}`);
  const verified = await run("cache", "verify", "api", "core", "*/linux/arm64", "--json");
  expect(verified.code).toBe(0);
  expect(at(verified.stdout, "caches")).toHaveLength(4);
  expect(await run("cache", "diff", "core", ref)).toMatchObject({ code: 0 });
  const copied = await run("cache", "copy", "api/linux/arm64", "type=local,dest=kept");
  expect(copied).toMatchObject({ code: 0 });

  const refused: readonly (readonly [readonly string[], string])[] = [
    [["inspect", "api"], '"api" matches the caches of 2 legs'],
    [["inspect", "coer"], '"coer" is not a cache: it is neither a leg or variant'],
    [["inspect", "coer"], "did you mean core?"],
    [["verify", "acme/cache:main"], "(a full reference begins with its registry"],
    [["diff", "core", "alpine"], '"alpine" is not a cache'],
    [["copy", "core", "acme/cache:main"], "it is not a full reference"],
    [["trim", "core", "-o", "core"], "`layerkeep cache warm` writes the cache of a leg"],
    [["warm", "core", "--from", "alpine"], '"alpine" is not a cache'],
    [["warm", "api", "--from", "core"], '"api" matches the caches of 2 legs'],
  ];
  for (const [args, message] of refused) {
    const { code, stderr } = await run("cache", ...args);
    expect({ args, code }).toEqual({ args, code: 2 });
    expect(stderr).toContain(message);
  }

  const removed = await run("cache", "rm", "api", "--yes");
  expect(removed).toMatchObject({ code: 0, stderr: "" });
  expect((await tags()).filter((tag) => tag.includes("api"))).toEqual([]);
  const globbed = await run("cache", "rm", "cache-*");
  expect(globbed.stdout).toContain("1 tag would be deleted");
});

test("a new leg begins with the cache of another, and no byte is sent", async () => {
  expect(await build()).toMatchObject({ code: 0 });
  project.write({ "layerkeep.yml": configOf(project.id, ["core", "new"]) });
  const warm = (...more: string[]) =>
    run("cache", "warm", "new/linux/amd64", "--from", "core/linux/amd64", ...more);
  const warmed = await warm();
  expect(warmed).toMatchObject({ code: 0, stderr: "" });
  expect(warmed.stdout).not.toContain("copied");
  const listed = await run("cache", "ls");
  expect(listed.stdout).toContain("caches: 1 orphaned, 2 warm;");
  const again = await warm();
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("new/linux/amd64 already has a cache");
  expect((await warm("--force")).code).toBe(0);
  expect((await warm("--branch", "release/1")).code).toBe(0);
  expect((await tags()).some((tag) => tag.startsWith("cache-new-amd64.release-1"))).toBe(true);
  const unknown = await run("cache", "warm", "nwe/linux/amd64", "--from", "core/linux/amd64");
  expect(unknown.stderr).toContain('the config has no leg "nwe/linux/amd64"');
});

test.each([
  [["cache", "prune"], "no retention rule is set, so nothing can be deleted"],
  [["cache", "ls", "--scratch"], "the config has no scratch repository"],
  [["cache", "prune", "--unused", "1y"], "Use 0, or a number with s, m, h, d or w"],
])("%j says what is missing", async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test("an untrusted run deletes nothing", async () => {
  const env = {
    ...engineEnv(),
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: "pull_request_target",
    GITHUB_REF: "refs/heads/main",
    GITHUB_REPOSITORY: "acme/app",
  };
  expect(await build()).toMatchObject({ code: 0 });
  const argv = ["cache", "rm", "old/linux/amd64", "--yes"];
  const { code, stderr } = await layerkeep(project, argv, { env });
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toContain("this run is not allowed to delete caches");
  expect((await tags()).filter((tag) => tag.includes("old")).length).toBe(4);
});
