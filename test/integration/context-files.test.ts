import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
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
import { Progress } from "../../src/buildkit/progress/progress.ts";
import { parseSolveStatus } from "../../src/buildkit/progress/rawjson.ts";
import { readIgnoreRules } from "../../src/dockerfile/ignore/ignore-file.ts";
import { exec } from "../../src/exec.ts";
import { createAttributeReader } from "../../src/pipeline/resolve/read-attributes.ts";
import { createContextHasher } from "../../src/inputs/files/context-files.ts";
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

describe("an extended attribute", () => {
  // BuildKit does not notice one that changes in a context that it was sent before, so that each
  // state is sent as a context of its own name; nor does it send a folder again that it has.
  const capability = "0100000200200000000000000000000000000000";
  const changes: readonly (readonly [string, string, string, "missed" | "hit"])[] = [
    ["user.x", "31", "file", "missed"],
    ["user.x", "", "file", "missed"],
    ["security.capability", capability, "file", "missed"],
    ["trusted.x", "31", "file", "missed"],
    ["user.x", "31", "deep", "missed"],
    ["user.x", "31", "", "missed"],
    ["security.x", "31", "file", "hit"],
  ];

  test.each(changes)(
    "%s of %j on %j is counted as BuildKit does: %s",
    async (name, hex, on, as) => {
      const { env } = testEngine();
      const unique = root.split("-").at(-1) ?? "";
      const [one, two] = [`${unique}-one`, `${unique}-two`];
      write(`${one}/src/file`, unique);
      write(`${one}/src/deep/file`, unique);
      write("Dockerfile", `FROM scratch\nCOPY src /${unique}/\n`);
      cpSync(join(root, one), join(root, two), { recursive: true, preserveTimestamps: true });
      const script =
        "import os, sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))";
      execFileSync("python3", ["-c", script, join(root, two, "src", on), name, hex]);
      await missedSteps(one);
      expect(await missedSteps(one)).toEqual([]);
      const digests = [one, two].map(async (folder) => {
        const attributes = createAttributeReader({ exec, env }).read;
        return (await createContextHasher({ attributes })(join(root, folder))).digest;
      });
      const [before, after] = await Promise.all(digests);
      const missed = await missedSteps(two);
      expect([missed.length > 0, before !== after]).toEqual([as === "missed", as === "missed"]);
    },
  );

  async function missedSteps(context: string): Promise<readonly string[]> {
    const { env, buildx } = testEngine();
    const files = ["--file", join(root, "Dockerfile"), join(root, context)];
    const argv = [buildx, "build", "--progress=rawjson", "--output=type=cacheonly", ...files];
    const { exitCode, stderr } = await exec(argv, { env, purpose: "building" });
    if (exitCode !== 0) throw new Error(stderr);
    const progress = new Progress();
    for (const line of stderr.split("\n")) {
      const status = parseSolveStatus(line);
      if (status !== undefined) progress.add(status);
    }
    const { steps } = progress.summary();
    return steps.filter(({ cached }) => !cached).map(({ name }) => name);
  }
});
