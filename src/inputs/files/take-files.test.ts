import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileGlobs, compileIgnore } from "../../dockerfile/ignore/ignore.ts";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import { readStages } from "../../dockerfile/stages/stages.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { createContextReader } from "./context-reader.ts";
import { ContextTree } from "./context-tree.ts";
import { readPlaces, takePlaces } from "./take-files.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-take-"));
  for (const path of ["src/a.c", "src/b.md", "src/deep/x.c", "lib/y.c", "top.c"]) write(path);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, path);
  chmodSync(file, 0o644);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

/** The paths that an instruction takes, sorted; missing ones in brackets. */
function taken(instruction: string, ignore = "", inputs?: readonly string[]): readonly string[] {
  const dockerfile = parseDockerfile(`FROM scratch\n${instruction}\n`, "Dockerfile");
  const { contextSources } = readStages(dockerfile, {
    args: {},
    platform: parsePlatform("linux/amd64"),
  });
  const globs = inputs === undefined ? undefined : compileGlobs(inputs);
  const rules = { ignore: compileIgnore(ignore), globs };
  const tree = new ContextTree(root, createContextReader(), rules);
  return contextSources
    .flatMap((source) => readPlaces(tree, takePlaces(tree, source)))
    .map(({ type, path }) => (type === "none" ? `(${path})` : path))
    .sort();
}

describe("takePlaces", () => {
  it.each([
    ["COPY src/a.c /", ["src/a.c"]],
    ["COPY src /", ["src", "src/a.c", "src/b.md", "src/deep", "src/deep/x.c"]],
    ["COPY /src/deep/../a.c /", ["src/a.c"]],
    ["COPY ../../top.c /", ["top.c"]],
    ["COPY gone /", ["(gone)"]],
    ["COPY src/a.c/x /", ["(src/a.c/x)"]],
    ["COPY *.c /", ["top.c"]],
    ["COPY */*.c /", ["lib/y.c", "src/a.c"]],
    ["COPY s* /", ["src", "src/a.c", "src/b.md", "src/deep", "src/deep/x.c"]],
    ["COPY src[^x]a.c /", ["src/a.c"]],
    ["COPY none* /", []],
    ["COPY --exclude=*.md --exclude=deep src /", ["src", "src/a.c"]],
    ["COPY --exclude=* --exclude=!a.c src /", ["src", "src/a.c"]],
    [
      "COPY --exclude=deep --exclude=!deep/x.c src /",
      ["src", "src/a.c", "src/b.md", "src/deep", "src/deep/x.c"],
    ],
    ["COPY --exclude=*.c s* /", ["src", "src/b.md", "src/deep", "src/deep/x.c"]],
    ["COPY --parents src/deep/x.c /", ["src", "src/deep", "src/deep/x.c"]],
    ["COPY --parents src/./deep/x.c /", ["src", "src/deep", "src/deep/x.c"]],
    ["COPY --parents src/deep /", ["src", "src/deep", "src/deep/x.c"]],
    ["COPY --parents **/*.c /", "lib lib/y.c src src/a.c src/deep src/deep/x.c top.c".split(" ")],
    ["COPY --parents s*/./*.c /", ["src", "src/a.c"]],
    ["COPY --parents --exclude=**/x.c src/deep src/a.c /", ["src", "src", "src/a.c", "src/deep"]],
    ["RUN --mount=type=bind,source=lib,target=/m x", ["lib", "lib/y.c"]],
    ["RUN --mount=type=cache,target=/c x", []],
  ])("%s takes %j", (instruction, expected) => {
    // What excludes and --parents name also counts: more is taken, never less.
    const paths = taken(instruction);
    expect(paths.filter((path) => !expected.includes(path))).toEqual(
      instruction.includes("--exclude=**/x.c") ? ["src/deep/x.c"] : [],
    );
    expect(expected.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it("takes a link with its target, within the context", () => {
    link("l", "src/deep");
    link("top/l", "/lib");
    link("out", "../../../lib");
    link("loop", "loop");
    link("two", "l/x.c");
    expect(taken("COPY l /")).toEqual(["l", "src/deep", "src/deep/x.c"]);
    expect(taken("COPY top/l/y.c /")).toEqual(["lib/y.c", "top/l"]);
    expect(taken("COPY out /")).toEqual(["lib", "lib/y.c", "out"]);
    expect(taken("COPY two /")).toEqual(["l", "src/deep/x.c", "two"]);
    expect(taken("COPY loop /")).toEqual(["loop"]);
  });

  it("follows links within a folder only if its files are picked", () => {
    link("holds/l", "../lib");
    expect(taken("COPY holds /")).toEqual(["holds", "holds/l"]);
    expect(taken("COPY hold* /")).toEqual(["holds", "holds/l", "lib", "lib/y.c"]);
    expect(taken("COPY --exclude=x holds /")).toEqual(["holds", "holds/l", "lib", "lib/y.c"]);
    link("holds/gone", "nowhere");
    expect(taken("COPY hold* /")).toContain("(holds/nowhere)");
  });

  it("finds ignored files neither by name nor behind a link", () => {
    link("l", "src/b.md");
    expect(taken("COPY src/b.md l /", "**/*.md")).toEqual(["(src/b.md)", "(src/b.md)", "l"]);
    expect(taken("COPY src /", "src\n!src/a.c")).toEqual(["src", "src/a.c"]);
    expect(taken("COPY . /", "*\n!lib")).toEqual(["lib", "lib/y.c"]);
  });

  it("takes only those of an instruction's files that inputs name", () => {
    expect(taken("COPY src /", "", ["src/**/*.c"])).toEqual([
      "src",
      "src/a.c",
      "src/deep",
      "src/deep/x.c",
    ]);
  });
});
