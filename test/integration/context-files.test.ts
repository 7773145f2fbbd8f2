import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readIgnoreRules } from "../../src/dockerfile/ignore-file.ts";
import { exec } from "../../src/exec.ts";
import { testEngine } from "../support/engine.ts";

// What BuildKit sees of a context, beside what we count.

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-context-files-"));
  chmodSync(root, 0o755);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string | Buffer = path): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

/** The top of a build's result. */
async function build(dockerfile: string, ...flags: readonly string[]): Promise<readonly string[]> {
  const { env, buildx } = testEngine();
  const out = mkdtempSync(join(tmpdir(), "layerkeep-context-out-"));
  const file = ["--file", join(root, dockerfile), "--output", `type=local,dest=${out}`];
  const argv = [buildx, "build", ...file, ...flags, join(root, "ctx")];
  const { exitCode, stderr } = await exec(argv, { env, purpose: "building" });
  try {
    if (exitCode !== 0) throw new Error(stderr);
    return readdirSync(out).sort();
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

describe("an ignore file", () => {
  const places: readonly (readonly [string, () => void])[] = [
    ["a file", () => write("ctx/.dockerignore", "b\n")],
    ["a link inside of the context", () => link("ctx/.dockerignore", "conf/ignore")],
    ["a link out of the context", () => link("ctx/.dockerignore", "../outside/ignore")],
    ["an absolute link", () => link("ctx/.dockerignore", join(root, "outside/ignore"))],
    ["an absolute link from the context's top", () => link("ctx/.dockerignore", "/conf/ignore")],
    ["a link above the top and into it", () => link("ctx/.dockerignore", "../../conf/ignore")],
    [
      "a link to a link",
      () => {
        link("ctx/.dockerignore", "conf/other");
        link("ctx/conf/other", "ignore");
      },
    ],
    [
      "a link through a linked folder",
      () => {
        link("ctx/.dockerignore", "linked/ignore");
        link("ctx/linked", "/conf");
      },
    ],
    [
      "a link that is cleaned as text",
      () => {
        link("ctx/.dockerignore", "linked/../ignored");
        link("ctx/linked", "conf/deep");
        write("ctx/conf/ignored", "b\n");
        write("ctx/ignored", "c\n");
      },
    ],
    ["a circle of links", () => link("ctx/.dockerignore", ".dockerignore")],
    ["a folder", () => write("ctx/.dockerignore/b")],
    ["an empty file beside the Dockerfile", () => write("Dockerfile.dockerignore", "")],
    ["a link beside the Dockerfile", () => link("Dockerfile.dockerignore", "outside/ignore")],
    [
      "a link beside the Dockerfile and out of its folder",
      () => link("Dockerfile.dockerignore", `../${root.split("/").at(-1) ?? ""}/outside/ignore`),
    ],
    ["a folder beside the Dockerfile", () => write("Dockerfile.dockerignore/b")],
  ];

  test.each(places)("that is %s leaves out what it leaves out for BuildKit", async (_, place) => {
    for (const path of ["a", "b", "c", "conf/deep/d"]) write(`ctx/${path}`);
    write("ctx/conf/ignore", "b\n");
    write("outside/ignore", "c\n");
    write("Dockerfile", "FROM scratch\nCOPY . /\n");
    place();
    const rules = readIgnoreRules(join(root, "ctx"), join(root, "Dockerfile"));
    const left = readdirSync(join(root, "ctx")).filter((name) => !rules.matches(name));
    expect(left.sort()).toEqual(await build("Dockerfile"));
  });

  test("of a named context is read in the same way", async () => {
    for (const name of ["a", "b"]) write(`other/${name}`);
    write("outside/ignore", "b\n");
    write("Dockerfile", "FROM scratch\nCOPY --from=other . /\n");
    mkdirSync(join(root, "ctx"));
    link("other/.dockerignore", "../outside/ignore");
    const rules = readIgnoreRules(join(root, "other"));
    const left = readdirSync(join(root, "other")).filter((name) => !rules.matches(name));
    const built = await build("Dockerfile", "--build-context", `other=${join(root, "other")}`);
    expect(left.sort()).toEqual(built);
  });
});
