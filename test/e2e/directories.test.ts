import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { describeFolder } from "../support/directories.ts";
import { githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { startCncf, type TestRegistry } from "../support/registries.ts";

let registry: TestRegistry;
let project: Project;
const key = "deps-{os}-{hash:lock.json}";

beforeEach(async () => {
  registry = await startCncf();
  project = createProject((id) => ({
    "layerkeep.yml": `cache: ${registry.host}/${id}/cache\nvariants:\n  core: {}\n`,
    Dockerfile: "FROM scratch\n",
    "lock.json": "{}\n",
  }));
  mkdirSync(join(project.dir, "deps/lib"), { recursive: true });
  for (let number = 0; number < 100; number++) {
    writeFileSync(join(project.dir, `deps/lib/${number}`), randomBytes(20_000));
  }
  writeFileSync(join(project.dir, "deps/run"), "#!/bin/sh\n", { mode: 0o755 });
  symlinkSync("lib/1", join(project.dir, "deps/one"));
});
afterEach(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const run = (...args: string[]) => layerkeep(project, ["dir", ...args]);
const described = (folder: string) => describeFolder(join(project.dir, folder));

test("a folder is saved, changed, saved again, and restored elsewhere by key and by prefix", async () => {
  const first = await run("save", key, "deps");
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toMatch(
    /^saved deps-linux-[0-9a-f]{20}: 102 files, 2\.00 MB; 2\.0\d MB sent \(0 % reused\) in [\d.]+ s\n$/,
  );
  for (const number of [1, 2, 3, 4, 5]) {
    writeFileSync(join(project.dir, `deps/lib/${number}`), randomBytes(20_000));
  }
  project.write({ "lock.json": '{ "changed": true }\n' });
  const second = await run("save", key, "deps", "--json");
  expect(second).toMatchObject({ code: 0, stderr: "" });
  expect(at(second.stdout, "saved", "sent", "bytes")).toBeLessThan(120_000);
  expect(at(second.stdout, "saved", "files")).toBe(102);

  expect(await run("restore", key, "copy")).toMatchObject({ code: 0, stderr: "" });
  expect(described("copy")).toEqual(described("deps"));
  const other = await run("restore", "deps-{os}-other", "--or", "deps-{os}-", "other");
  expect(other.stdout).toMatch(
    /^restored deps-linux-[0-9a-f]{20} \(no cache of deps-linux-other\)/,
  );
  expect(described("other")).toEqual(described("deps"));
  // Without paths, to where it was saved from.
  writeFileSync(join(project.dir, "deps/lib/1"), "broken");
  expect(await run("restore", key)).toMatchObject({ code: 0 });
  expect(described("deps")).toEqual(described("copy"));

  expect(at((await run("ls", "--json")).stdout, "caches")).toHaveLength(2);
  expect((await run("verify", key, "--deep")).stdout).toMatch(/: complete \(\d+ packs?\)\n$/);
  expect((await run("rm", "deps-*")).stdout).toContain("2 caches would be deleted");
  expect((await run("rm", "deps-*", "--yes")).stdout).toBe("deleted 2 caches\n");
  expect((await run("ls")).stdout).toBe("no directory caches\n");
});

test("old and many caches are pruned, what was just saved is not", async () => {
  for (const number of [1, 2, 3]) {
    project.write({ "lock.json": `{ "v": ${number} }\n` });
    expect(await run("save", key, "deps")).toMatchObject({ code: 0 });
  }
  const young = await run("prune", "--keep-last", "1");
  expect(young).toMatchObject({ code: 0 });
  expect(young.stdout).toMatch(/^nothing to delete \(2\.\d+ MB remain\)\n$/);
  expect(young.stderr).toBe(
    "note: 2 more caches will be kept for now: they were saved within the grace period of 1 day (cache.retention.grace or --grace), so a run may still need them\n",
  );
  const prune = (...args: string[]) => run("prune", "--keep-last", "1", "--grace", "0", ...args);
  const shown = await prune();
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(
    /^KEY +WHY\n(deps-linux-[0-9a-f]{20} +1 newer cache of deps-linux-\* is kept\n){2}\n2 caches would be deleted, freeing 1\.\d+ kB \(2\.\d+ MB would remain\)\. Pass --yes to delete them\n$/,
  );
  const payload = pullRequest(project, "someone/app");
  const env = githubEnv(project, { event: "pull_request", ref: "refs/pull/5/merge", payload });
  const args = ["dir", "prune", "--older-than", "0", "--grace", "0", "--yes"];
  const untrusted = await layerkeep(project, args, { env });
  expect(untrusted).toMatchObject({ code: 2, stdout: "" });
  expect(untrusted.stderr).toContain("this run is not allowed to delete caches");
  const deleted = await prune("--yes", "--json");
  expect(deleted).toMatchObject({ code: 0, stderr: "" });
  expect(at(deleted.stdout, "chosen")).toHaveLength(2);
  expect(at(deleted.stdout, "removed", "refused")).toEqual([]);
  expect(at((await run("ls", "--json")).stdout, "caches")).toHaveLength(1);
  expect(await run("restore", key, "copy")).toMatchObject({ code: 0 });
  expect(described("copy")).toEqual(described("deps"));
  const usage = await layerkeep(project, ["cache", "du"]);
  expect(usage.stdout).toMatch(/^directory caches +1 /m);
  const listed = await layerkeep(project, ["cache", "ls"]);
  expect(listed.stdout).toContain("0 staged builds, 0 logs, 1 directory cache\n");
  const wrong = await layerkeep(project, ["cache", "rm", "dir-*", "--yes"]);
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.stderr).toContain("is a directory cache");
});

test("the rules of the config are those of both prune commands, and flags replace them", async () => {
  for (const number of [1, 2, 3]) {
    project.write({ "lock.json": `{ "v": ${number} }\n` });
    expect(await run("save", key, "deps")).toMatchObject({ code: 0 });
  }
  const config = readFileSync(join(project.dir, "layerkeep.yml"), "utf8");
  const withRules = (rules: string) => {
    const retention = `{ grace: 0, dirs: ${rules} }`;
    const cache = config.replace(
      /^cache: (\S+)$/m,
      `cache: { repository: $1, retention: ${retention} }`,
    );
    project.write({ "layerkeep.yml": cache });
  };
  withRules("{ keep-last: 2 }");
  const first = await run("prune", "--json");
  expect(at(first.stdout, "chosen")).toHaveLength(1);
  expect(at((await run("prune", "--keep-last", "1", "--json")).stdout, "chosen")).toHaveLength(2);
  const shown = await layerkeep(project, ["cache", "prune"]);
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(
    /^dir-deps-linux-[0-9a-f]{20} +dir +2 newer caches of deps-linux-\* are kept$\n\n1 tag would/m,
  );
  const deleted = await layerkeep(project, ["cache", "prune", "--yes"]);
  expect(deleted).toMatchObject({ code: 0, stderr: "" });
  expect(deleted.stdout).toMatch(/^1 tag deleted\./);
  withRules("{ older-than: 0 }");
  expect((await run("prune", "--yes")).stdout).toMatch(/^deleted 2 caches\./);
});

test("a cache is compared with another one, and with a folder", async () => {
  await run("save", "first", "deps");
  const equal = await run("diff", "first", "./deps");
  expect(equal).toEqual({
    code: 0,
    signal: null,
    stdout: "no differences; 104 the same\n",
    stderr: "",
  });
  writeFileSync(join(project.dir, "deps/lib/1"), randomBytes(20_000));
  writeFileSync(join(project.dir, "deps/lib/2"), randomBytes(30_000));
  writeFileSync(join(project.dir, "deps/lib/a\nb"), "new");
  rmSync(join(project.dir, "deps/lib/3"));
  rmSync(join(project.dir, "deps/one"));
  symlinkSync("lib/2", join(project.dir, "deps/one"));
  chmodSync(join(project.dir, "deps/run"), 0o644);
  utimesSync(join(project.dir, "deps/lib/4"), 1, 1);
  const lines = [
    'added    "deps/lib/a\\nb" (3 B)',
    "removed  deps/lib/3 (20.0 kB)",
    "changed  deps/lib/1 (content: 20.0 kB)",
    "changed  deps/lib/2 (content: 30.0 kB, was 20.0 kB)",
    "changed  deps/one (target: lib/2, was lib/1)",
    "changed  deps/run (mode: 644, was 755)",
    "",
    "1 added (3 B), 1 removed (20.0 kB), 4 changed (50.0 kB); 99 the same (1 with other times or owners)",
  ];
  const folder = await run("diff", "first", "deps");
  expect(folder).toMatchObject({ code: 1, stderr: "", stdout: `${lines.join("\n")}\n` });
  await run("save", "second", "deps");
  const caches = await run("diff", "first", "second");
  expect(caches).toMatchObject({ code: 1, stderr: "" });
  const packs = /\npacks: .* in both, .* only in the first, .* only in the second\n$/;
  expect(caches.stdout).toMatch(packs);
  expect(caches.stdout.replace(packs, "\n")).toBe(folder.stdout);
  const json = (await run("diff", "second", "first", "--json")).stdout;
  expect(at(json, "other")).toBe("first");
  expect(at(json, "isEqual")).toBe(false);
  expect(at(json, "added")).toEqual([{ path: "deps/lib/3", kind: "file", size: 20_000 }]);
  expect((await run("diff", "second", "second")).code).toBe(0);
});

test("a run that is not trusted saves nothing, says so, and succeeds; it may restore", async () => {
  await run("save", "k", "deps");
  const payload = pullRequest(project, "someone/app");
  const env = githubEnv(project, { event: "pull_request", ref: "refs/pull/5/merge", payload });
  const untrusted = (...args: string[]) => layerkeep(project, ["dir", ...args], { env });
  const saved = await untrusted("save", "evil", "deps");
  expect(saved).toMatchObject({ code: 0, stdout: "" });
  expect(saved.stderr).toContain("warning: evil was not saved: ");
  expect((await run("ls")).stdout).not.toContain("evil");
  expect(await untrusted("rm", "k", "--yes")).toMatchObject({ code: 2 });
  expect(await untrusted("restore", "k", "copy")).toMatchObject({ code: 0 });
  expect(described("copy")).toEqual(described("deps"));
});

test("a job of a CI that is not recognized saves only with --write", async () => {
  const job = (...args: string[]) =>
    layerkeep(project, ["dir", ...args], { env: { CI: "true", CIRCLECI: "true" } });
  const saved = await job("save", "k", "deps");
  expect(saved).toMatchObject({ code: 0, stdout: "" });
  expect(saved.stderr).toContain("warning: k was not saved: unknown CI system");
  expect((await run("ls")).stdout).toBe("no directory caches\n");
  expect(await job("save", "k", "deps", "--write")).toMatchObject({ code: 0 });
  expect((await run("ls")).stdout).toContain("k");
});

test("what is wrong is said", async () => {
  mkdirSync(join(project.dir, "empty"));
  await run("save", "k", "deps");
  const said = async (code: number, ...args: string[]): Promise<string> => {
    const { code: ended, stdout, stderr } = await run(...args);
    expect({ args, ended }).toEqual({ args, ended: code });
    return stdout + stderr;
  };
  expect(await said(2, "save", "k", "nope")).toContain("cannot save nope: no such file");
  expect(await said(2, "save", "k", "empty")).toContain("nothing to save: empty has no files");
  expect(await said(2, "save", "k", "deps", "deps/lib")).toContain("is part of another path");
  expect(await said(2, "save", "{hsah:x}", "deps")).toContain('did you mean "hash"?');
  expect(await said(0, "restore", "nope")).toBe("no cache found for nope; nothing restored\n");
  expect(await said(1, "restore", "nope", "--required")).toContain("no cache found for nope");
  expect(await said(2, "restore", "k", ".")).toContain("cannot restore into .: ");
  expect(await said(2, "restore", "k", "a", "b")).toContain(
    "the cache has 1 path, and 2 paths are named",
  );
  expect(await said(2, "verify", "nope")).toContain('there is no directory cache "nope"');
  expect(await said(2, "rm", "nope")).toContain('there is no directory cache "nope"');
  expect(await said(2, "diff", "nope", "deps")).toContain('there is no directory cache "nope"');
  expect(await said(2, "diff", "k", "nope")).toContain(", and no file or folder nope");
  expect(await said(2, "diff", "k", "./nope")).toContain("cannot compare ./nope: no such file");
  expect(await said(2, "diff", "k", "deps", "empty")).toContain(
    "the cache has 1 path, and 2 paths are named: deps",
  );
  expect(await said(2, "diff", "k")).toContain("other");
  expect(await said(2, "prune", "--yes")).toContain("no retention rule is set, so nothing can");
  expect(await said(2, "prune", "--older-than", "soon")).toContain("such as 36h, 30 days or 2w");
  expect(await said(2, "prune", "--keep-last", "0")).toContain("Use an integer from 1 to 99999");
  expect(await said(2, "prune", "--max-size", "big")).toContain("--max-size");
});

test("caches that the config declares are saved and restored by name, or all at once", async () => {
  const home = join(project.dir, "home");
  const env = { HOME: home, USERPROFILE: home };
  const declared = (...args: string[]) => layerkeep(project, ["dir", ...args], { env });
  const config = readFileSync(join(project.dir, "layerkeep.yml"), "utf8");
  project.write({
    "layerkeep.yml": `${config}dirs:
  deps: { key: "deps-{hash:lock.json}", or: [deps-], paths: [deps] }
  cargo: {}
  brew: { key: brew, paths: { macos: x } }
`,
    "home/.cargo/registry/cache/a.crate": "a",
    "home/.cargo/registry/index/a": "index",
    "home/.cargo/bin/mine": "mine",
  });

  const without = await declared("save");
  expect(without).toMatchObject({ code: 2, stdout: "" });
  expect(without.stderr).toContain('dirs.cargo: the key "cargo-{os}-{arch}-{hash:**/Cargo.lock}"');
  expect((await declared("ls")).stdout).toBe("no directory caches\n");
  project.write({ "sub/Cargo.lock": "one" });
  const saved = await declared("save", "--json");
  expect(saved).toMatchObject({ code: 0, stderr: "" });
  expect(at(saved.stdout, "dirs", 0, "name")).toBe("deps");
  expect(at(saved.stdout, "dirs", 1, "key")).toMatch(/^cargo-linux-\w+-[0-9a-f]{20}$/);

  const folders = ["deps", "home/.cargo/registry/cache", "home/.cargo/registry/index"];
  const before = folders.map(described);
  project.write({
    "lock.json": "changed",
    "home/.cargo/registry/cache/b.crate": "b",
    "home/.cargo/git/db/mine": "mine",
    "deps/more": "more",
  });
  const restored = await declared("restore");
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(restored.stdout).toMatch(/^restored deps-\w+ \(no cache of deps-\w+\).*\nrestored cargo-/);
  expect(folders.map(described)).toEqual(before);
  // What was not saved stays.
  expect(readFileSync(join(home, ".cargo/git/db/mine"), "utf8")).toBe("mine");
  expect(readFileSync(join(home, ".cargo/bin/mine"), "utf8")).toBe("mine");

  const said = async (code: number, ...args: string[]): Promise<string> => {
    const { code: ended, stdout, stderr } = await declared(...args);
    expect({ args, ended }).toEqual({ args, ended: code });
    return stdout + stderr;
  };
  expect(await said(2, "save", "brew")).toContain("dirs.brew has no paths on linux");
  expect(await said(2, "save", "carg")).toContain('did you mean "cargo"?');
  expect(await said(2, "restore", "deps", "--or", "d")).toContain("--or belongs to a key");
  // A name with a path is a key.
  expect(await said(0, "save", "cargo", "./deps")).toMatch(/^saved cargo: /);
  project.write({ "layerkeep.yml": config });
  expect(await said(2, "restore")).toContain("the config declares no directory caches");
});
