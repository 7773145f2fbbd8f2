import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemEnv } from "../../../test/support/system-env.ts";
import { UsageError } from "../../errors.ts";
import type { LintInput } from "./input.ts";
import { openInputs } from "./open-inputs.ts";

let root = "";

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "layerkeep-inputs-")));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function write(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "on: push\n");
  }
}

async function initGit(): Promise<void> {
  await promisify(execFile)("git", ["init", "-q"], { cwd: root });
}

function open(
  paths: readonly string[],
  folder = "",
  stdin?: string,
): Promise<readonly LintInput[]> {
  return openInputs({ paths, stdin }, { cwd: join(root, folder), env: systemEnv });
}

/** Each repository, with the paths to lint. */
async function found(
  ...given: Parameters<typeof open>
): Promise<Record<string, readonly string[]>> {
  const inputs = await open(...given);
  return Object.fromEntries(inputs.map(({ root: at, paths }) => [at.slice(root.length), paths]));
}

describe("without paths", () => {
  it("finds the workflows and the pipeline of the checkout, from any folder of it", async () => {
    await initGit();
    await write(".github/workflows/b.yml", ".github/workflows/a.yaml", ".github/workflows/c.txt");
    await write(".gitlab-ci.yml", ".github/workflows/folder.yml/x.yml", "sub/.gitlab-ci.yml");
    const expected = [".github/workflows/a.yaml", ".github/workflows/b.yml", ".gitlab-ci.yml"];
    expect(await found([])).toEqual({ "": expected });
    expect(await found([], "sub")).toEqual({ "": expected });
  });

  it("finds them in the current folder outside of a checkout", async () => {
    await write("sub/.github/workflows/a.yml");
    expect(await found([], "sub")).toEqual({ "/sub": [".github/workflows/a.yml"] });
  });

  it("refuses to find nothing", async () => {
    await write("a.yml");
    await expect(open([])).rejects.toThrow(`no workflows found in ${root}`);
  });
});

describe("paths", () => {
  it("are files of any name, from the root of their checkout, each once", async () => {
    await initGit();
    await write("ci/build.yml");
    const paths = ["ci/build.yml", join(root, "ci", "build.yml"), "ci"];
    expect(await found(paths)).toEqual({ "": ["ci/build.yml"] });
    expect(await found(["build.yml"], "ci")).toEqual({ "": ["ci/build.yml"] });
  });

  it("are folders: of a repository, or of workflows", async () => {
    await initGit();
    await write("app/.github/workflows/a.yml", "app/other.yml");
    const expected = { "/app": [".github/workflows/a.yml"] };
    expect(await found(["app"])).toEqual(expected);
    expect(await found(["app/.github/workflows"])).toEqual(expected);
  });

  it("may be outside of a checkout, and in several", async () => {
    await write("one/a.yml", "two/.github/workflows/b.yml");
    expect(await found(["one/a.yml", "two"])).toEqual({
      "/one": ["a.yml"],
      "/two": [".github/workflows/b.yml"],
    });
  });

  it("of links keep their own place", async () => {
    await write("real.yml", ".github/workflows/x.yml");
    await symlink("../../real.yml", join(root, ".github/workflows/link.yml"));
    const paths = [".github/workflows/link.yml", ".github/workflows/x.yml"];
    expect(await found([""])).toEqual({ "": paths });
  });

  it("that do not exist, or name nothing, are all told", async () => {
    await write("empty/readme.md");
    const failed = open(["no.yml", "empty", "empty/readme.md/x"]);
    await expect(failed).rejects.toThrow(UsageError);
    await expect(failed).rejects.toThrow(
      /^cannot read no\.yml: no such file\nno workflows found in the folder empty\ncannot read empty\/readme\.md\/x: /,
    );
  });
});

it("lists the files that git tracks or would track, from the repository's root", async () => {
  await initGit();
  await write(".github/workflows/a.yml", "src/b.c", "out/x", "app/.github/workflows/c.yml");
  await writeFile(join(root, ".gitignore"), "out\n");
  const [whole, part] = await open(["", "app"]);
  expect([...(whole?.files ?? [])].sort()).toEqual([
    ".github/workflows/a.yml",
    ".gitignore",
    "app/.github/workflows/c.yml",
    "src/b.c",
  ]);
  expect([...(part?.files ?? [])]).toEqual([".github/workflows/c.yml"]);
});

it("reads a text from standard input as if it were in the repository", async () => {
  await write(".github/workflows/a.yml");
  const [input, ...others] = await open([], "", "on: push");
  expect(others).toEqual([]);
  expect(input).toMatchObject({ root, paths: ["<stdin>"] });
  expect(input?.texts.get("<stdin>")).toBe("on: push");
});

it("tells a file that cannot be read, with the others", async () => {
  await write("good.yml");
  await writeFile(join(root, "latin.yml"), Buffer.from([0xe9]));
  await writeFile(join(root, "large.yml"), "#".repeat((2 << 20) + 1));
  const [input] = await open(["latin.yml", "large.yml", "good.yml"]);
  expect(input?.paths).toEqual(["good.yml"]);
  expect(input?.unreadable).toEqual([
    { path: "latin.yml", message: "the file is not UTF-8 text", line: 1, column: 1 },
    { path: "large.yml", message: "the file is larger than 2 MiB", line: 1, column: 1 },
  ]);
});
