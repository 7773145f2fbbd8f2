import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliResult, layerkeep } from "../support/cli.ts";
import { githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

/** Two images with folders of their own, and one of two platforms with an argument. */
const config = `cache: 127.0.0.1:9/acme/cache
vars: { VERSION: "1" }
variants:
  site: { context: site, dockerfile: site/Dockerfile }
  worker: { context: worker, dockerfile: worker/Dockerfile, args: { VERSION: "\${VERSION}" }, platforms: [linux/amd64, linux/arm64] }
`;
const all = ["site/linux/amd64", "worker/linux/amd64", "worker/linux/arm64"];

let project: Project;
beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml": config,
    "site/Dockerfile": "FROM 127.0.0.1:9/base:1\nCOPY pages /pages\n",
    "site/pages/index.txt": "hello\n",
    "worker/Dockerfile": "FROM 127.0.0.1:9/base:1\nARG VERSION\nCOPY run.sh /run.sh\n",
    "worker/run.sh": "#!/bin/sh\n",
    ".gitignore": "ignored\n",
  }));
});
afterEach(() => project[Symbol.dispose]());

/** No registry answers on that port: what is told is told without one. */
const affected = (...args: string[]): Promise<CliResult> =>
  layerkeep(project, ["affected", "--base", "HEAD", ...args]);
const legsOf = async (...args: string[]): Promise<string[]> => {
  const { code, stdout } = await affected(...args);
  expect(code).toBe(0);
  return stdout.split("\n").filter((line) => line !== "");
};

describe("layerkeep affected", () => {
  test("prints a leg a line on stdout, and why on stderr", async () => {
    project.write({ "worker/run.sh": "#!/bin/sh\necho\n" });
    const { code, stdout, stderr } = await affected();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "worker/linux/amd64\nworker/linux/arm64\n",
    });
    expect(stderr).toMatch(
      /^all listed legs: changed: .*\n2 of 3 legs affected between [0-9a-f]{12} and the files on disk\n$/,
    );
    expect((await affected("--quiet")).stderr).toBe("");
  });

  test("prints nothing where nothing is touched", async () => {
    project.write({ "README.md": "new", ignored: "x" });
    const { stdout, stderr } = await affected();
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^0 of 3 legs affected/);
  });

  test("--json tells commits, reasons, and what is not affected or not there any more", async () => {
    const base = project.git("rev-parse", "HEAD");
    project.write({
      "layerkeep.yml": config.replace("site:", "pages:").replace(", linux/arm64", ""),
      "worker/run.sh": "changed\n",
    });
    const head = project.commit("change");
    const { stdout } = await affected("--base", base, "--head", "HEAD", "--json", "--quiet");
    expect(JSON.parse(stdout)).toMatchObject({
      base,
      head,
      legs: [
        {
          id: "pages/linux/amd64",
          variant: "pages",
          platform: "linux/amd64",
          why: "new",
          changed: [],
          reason: "the base does not contain this leg",
        },
        { id: "worker/linux/amd64", why: "changed" },
      ],
      unaffected: [],
      removed: ["site/linux/amd64", "worker/linux/arm64"],
    });
    expect(at(stdout, "legs", 1, "changed")).not.toEqual([]);
  });

  test("sees what is on disk: a new file, a mode, a file that is gone; commits alone with --head", async () => {
    chmodSync(join(project.dir, "worker/run.sh"), 0o755);
    expect(await legsOf()).toEqual(all.slice(1));
    expect(await legsOf("--head", "HEAD")).toEqual([]);
    rmSync(join(project.dir, "site/pages/index.txt"));
    project.write({ "site/pages/new.txt": "new" });
    expect(await legsOf()).toEqual(all);
  });

  test("compares with the revision itself, and with --merge-base with the common ancestor", async () => {
    project.git("checkout", "-q", "-b", "change");
    project.write({ "site/pages/index.txt": "changed\n" });
    project.commit("site");
    project.git("checkout", "-q", "main");
    project.write({ "worker/run.sh": "changed\n" });
    project.commit("worker");
    project.git("checkout", "-q", "change");
    expect(await legsOf("--base", "main")).toEqual(all);
    expect(await legsOf("--base", "main", "--merge-base")).toEqual(["site/linux/amd64"]);
  });

  test("runs filter commands in each tree, with the scripts that it has", async () => {
    const filtered = `${config}defaults: { filters: { "**/index.txt": "command:sh first.sh" } }\n`;
    project.write({ "layerkeep.yml": filtered, "first.sh": "head -n 1\n" });
    project.commit("filters");
    project.write({ "site/pages/index.txt": "hello\nsecond\n" });
    expect(await legsOf()).toEqual([]);
    const payload = pullRequest(project, "someone/app");
    const fork = { event: "pull_request", ref: "refs/pull/5/merge", payload };
    const untrusted = await layerkeep(project, ["affected", "--base", "HEAD"], {
      env: githubEnv(project, fork),
    });
    expect(untrusted.stdout).toBe("site/linux/amd64\n");
    expect(untrusted.stderr).toContain(
      "warning: untrusted runs do not run filter commands, so every change to the filtered files causes a build\n",
    );
    project.write({ "first.sh": "cat\n" });
    expect(await legsOf()).toEqual(["site/linux/amd64"]);
    project.write({ "first.sh": "exit 3\n" });
    const { stdout, stderr } = await affected("--json");
    expect(at(stdout, "warnings")).toEqual([
      'the filter command "sh first.sh" failed (exit code 3), so every change to the filtered files causes a build',
    ]);
    expect(stderr).toContain("warning: the filter command");
  });

  test("sees that a definition beyond a baseline changed or was deleted, not a new one", async () => {
    const filters = 'defaults: { filters: { "**/api.proto": "protobuf:released.proto" } }\n';
    const api = (body: string) => ({ "site/pages/api.proto": `message A { ${body} }\n` });
    project.write({ "layerkeep.yml": config + filters, "released.proto": "message A {}\n" });
    project.write(api("int32 a = 1;"));
    project.commit("filters");
    project.write(api("int32 b = 2; int32 a = 1;"));
    expect(await legsOf()).toEqual([]);
    project.write(api("int64 a = 1;"));
    expect((await affected()).stderr).toContain(
      "site/linux/amd64: changed: pages/api.proto: field 1 of A\n",
    );
    project.write(api(""));
    expect((await affected()).stderr).toContain("pages/api.proto: field 1 of A (deleted)\n");
  });

  test("a Dockerfile that is only renamed touches nothing", async () => {
    project.git("mv", "worker/Dockerfile", "worker/Containerfile");
    project.write({
      "layerkeep.yml": config.replace("worker/Dockerfile", "worker/Containerfile"),
      "worker/.dockerignore": "*\n!run.sh\n",
    });
    project.commit("rename");
    project.git("mv", "worker/Containerfile", "worker/Dockerfile");
    project.write({ "layerkeep.yml": config });
    expect(await legsOf()).toEqual([]);
  });
});

describe("without --base", () => {
  /** On a branch that changes one image, while main goes on and changes another. */
  function branchOff(): void {
    project.git("checkout", "-q", "-b", "topic");
    project.write({ "site/pages/index.txt": "changed\n" });
    project.commit("site");
    project.git("checkout", "-q", "main");
    project.write({ "worker/run.sh": "changed\n" });
    project.commit("worker");
    project.git("checkout", "-q", "topic");
  }
  const run = (folder: string, ...args: string[]): Promise<CliResult> =>
    layerkeep(project, ["affected", ...args], { cwd: join(project.outside, folder) });
  const clone = (...args: string[]): string =>
    project.git("clone", "-q", ...args, `file://${project.dir}`, join(project.outside, "clone"));
  const git = (...args: string[]): string =>
    project.git("-C", join(project.outside, "clone"), ...args);
  const site = "site/linux/amd64\n";

  test("a branch is compared with where it left the default branch", async () => {
    branchOff();
    expect((await run("app")).stdout).toBe(site);
    project.git("worktree", "add", "-q", "--detach", join(project.outside, "tree"));
    expect((await run("tree")).stdout).toBe(site);
    project.git("checkout", "-q", "main");
    clone("--branch", "topic");
    expect((await run("clone")).stdout).toBe(site);
    // On the default branch, its own commits that were not pushed.
    git("checkout", "-q", "main");
    expect((await run("clone")).stdout).toBe("");
  });

  test("names and platforms select what is printed", async () => {
    project.write({ "worker/run.sh": "changed\n", "site/pages/index.txt": "changed\n" });
    expect((await run("app", "work*", "--platform", "linux/arm64")).stdout).toBe(
      "worker/linux/arm64\n",
    );
    const wrong = await run("app", "wroker");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain("did you mean worker?");
  });

  test("a shallow clone says how to get what is missing", async () => {
    project.write({ "layerkeep.yml": `branches: { default: main }\n${config}` });
    project.commit("config");
    branchOff();
    project.git("checkout", "-q", "main");
    clone("--depth", "1", "--branch", "topic");
    const alone = await run("clone");
    expect(alone).toMatchObject({ code: 2, stdout: "" });
    expect(alone.stderr).toContain("`git fetch --unshallow origin main:refs/remotes/origin/main`");
    git("fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main");
    const uncertain = await run("clone");
    expect(uncertain.stdout).toBe(`${all.join("\n")}\n`);
    expect(uncertain.stderr).toContain("this clone is shallow");
    expect(uncertain.stderr).toContain("`git fetch --unshallow`");
    git("fetch", "-q", "--unshallow");
    expect((await run("clone")).stdout).toBe(site);
  });

  test("a fork that lags behind is compared with the original repository", async () => {
    clone("--branch", "main");
    branchOff();
    git("remote", "add", "upstream", `file://${project.dir}`);
    git("fetch", "-q", "upstream");
    git("checkout", "-q", "-b", "own", "upstream/main");
    project.git("-C", join(project.outside, "clone"), "mv", "site/pages/index.txt", "site/pages/a");
    expect((await run("clone")).stdout).toBe(site);
  });

  test("a clone without a default branch says what to do", async () => {
    project.git("branch", "-q", "-m", "main", "trunk");
    const { code, stderr } = await run("app");
    expect(code).toBe(2);
    expect(stderr).toContain("this clone does not know its default branch");
    expect(stderr).toContain("branches: { default: NAME }");
  });
});

test("jobs --affected compares with the default branch that the config names", async () => {
  project.write({
    "layerkeep.yml": `branches: { default: trunk }\njobs: { win: { runner: windows, run: nmake, inputs: [win] } }\n${config}`,
    win: "1\n",
  });
  project.commit("jobs");
  project.git("checkout", "-q", "-b", "trunk");
  project.write({ win: "2\n" });
  project.commit("a change on trunk");
  project.git("checkout", "-q", "-b", "topic");
  const entries = async (): Promise<unknown> =>
    at((await layerkeep(project, ["jobs", "--affected"])).stdout, "win", "include");
  expect(await entries()).toEqual([]);
  project.write({ win: "3\n" });
  project.commit("a change on topic");
  expect(await entries()).toHaveLength(1);
});

describe("what cannot be compared counts as affected, and is told", () => {
  test.each<[string, () => string, RegExp]>([
    [
      "a commit that the clone does not have",
      () => "1".repeat(40),
      /^all listed legs: this clone does not contain the commit 1{40}\n/,
    ],
    [
      "a base without the config",
      () => {
        project.git("rm", "-q", "--cached", "layerkeep.yml");
        project.git("commit", "-q", "-m", "without");
        return "HEAD";
      },
      /^all listed legs: the base does not have the config layerkeep.yml\n/,
    ],
    [
      "a base whose config does not parse",
      () => {
        project.write({ "layerkeep.yml": "variants: [" });
        const commit = project.commit("broken");
        project.write({ "layerkeep.yml": config });
        return commit;
      },
      /^all listed legs: the config of the base is invalid: /,
    ],
  ])("%s", async (_, base, told) => {
    const { code, stdout, stderr } = await affected("--base", base());
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${all.join("\n")}\n` });
    expect(stderr).toMatch(told);
  });

  test("a Dockerfile that does not parse, on either side", async () => {
    const good = project.git("rev-parse", "HEAD");
    project.write({ "site/Dockerfile": "FROM\n" });
    const bad = project.commit("bad");
    expect(await legsOf("--base", good)).toEqual(["site/linux/amd64"]);
    const { stderr } = await affected("--base", bad, "--head", good);
    expect(stderr).toMatch(/^site\/linux\/amd64: in the base, site\/Dockerfile:1: /);
  });

  test("a submodule that moved", async () => {
    const add = (commit: string): string => {
      project.git("update-index", "--add", "--cacheinfo", `160000,${commit},site/pages/theme`);
      project.git("commit", "-q", "-m", "theme");
      return project.git("rev-parse", "HEAD");
    };
    const before = add("1".repeat(40));
    const after = add("2".repeat(40));
    const { stdout, stderr } = await affected("--base", before, "--head", after);
    expect(stdout).toBe("site/linux/amd64\n");
    expect(stderr).toContain("site/pages/theme changed, but its content cannot be compared here");
    expect(await legsOf("--base", after, "--head", after)).toEqual([]);
  });

  test("a submodule with changes that are not committed, and not a clean one", async () => {
    const theme = join(project.outside, "theme");
    mkdirSync(theme);
    for (const args of [
      ["init", "-q"],
      ["commit", "-q", "--allow-empty", "-m", "x"],
    ]) {
      project.git("-C", theme, ...args);
    }
    const local = ["-c", "protocol.file.allow=always"];
    project.git(...local, "submodule", "--quiet", "add", `file://${theme}`, "site/pages/theme");
    project.commit("theme");
    expect(await legsOf()).toEqual([]);
    project.write({ "site/pages/theme/new.css": "" });
    expect(await legsOf()).toEqual(["site/linux/amd64"]);
  });

  test("another cache repository", async () => {
    project.write({ "layerkeep.yml": config.replace("acme/cache", "acme/other") });
    expect(await legsOf()).toEqual(all);
  });

  test("a shallow clone without the base", async () => {
    const base = project.git("rev-parse", "HEAD");
    project.write({ "worker/run.sh": "changed\n" });
    project.commit("change");
    project.git("branch", "old", base);
    const source = project.dir;
    mkdirSync(join(project.outside, "clone"));
    project.git("clone", "-q", "--depth=1", `file://${source}`, join(project.outside, "clone"));
    for (const rev of [base, "old"]) {
      const { code, stdout, stderr } = await layerkeep(project, ["affected", "--base", rev], {
        cwd: join(project.outside, "clone"),
      });
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${all.join("\n")}\n` });
      expect(stderr).toContain(`this shallow clone does not contain ${rev}`);
    }
  });
});

describe("what is a mistake is an error", () => {
  test.each<[string, string[], RegExp]>([
    [
      "an unknown revision",
      ["--base", "nowhere"],
      /this clone has no revision "nowhere"\nhint: this clone has no remote: use one of its branches, tags or commits$/m,
    ],
    ["a name that is nearly a branch's", ["--base", "mian"], /hint: did you mean main\?$/m],
    ["an option for a revision", ["--base=-n1"], /"-n1" does not refer to a single commit/],
    ["an unknown head", ["--head", "nowhere"], /this clone has no revision "nowhere"/],
  ])("%s", async (_, args, told) => {
    const { code, stdout, stderr } = await affected(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(told);
  });

  test("a config of the head that is not right, named as the repository does", async () => {
    project.write({ "layerkeep.yml": "variants:\n  site: { dockerfile: nowhere }\n" });
    const { code, stderr } = await affected();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: layerkeep\.yml:2:\d+: the Dockerfile "nowhere" does not exist/);
  });

  test("a folder that is in no checkout", async () => {
    rmSync(join(project.dir, ".git"), { recursive: true });
    expect(await affected()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is not in a git checkout") as string,
    });
  });
});
