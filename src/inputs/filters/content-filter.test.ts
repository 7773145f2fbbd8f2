import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseNormaliser } from "../../config/variants/filters.ts";
import { createContentFilter } from "./content-filter.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-filters-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** What is hashed instead of files with these contents under `path`. */
function contents(
  filters: Readonly<Record<string, string>>,
  path: string,
  ...texts: readonly (string | Buffer)[]
): (string | undefined)[] {
  const list = Object.entries(filters).map(([glob, as]) => ({ glob, as: parseNormaliser(as) }));
  return texts.map((text) => {
    writeFileSync(join(root, "file"), text);
    const run = (command: string, input: Buffer) =>
      command === "fail" ? undefined : `${command} ${input.length}`;
    return createContentFilter(list, { root, run })?.contentOf(path, join(root, "file"))?.content;
  });
}

describe("a content filter", () => {
  it("is undefined without filters", () => {
    expect(createContentFilter([], { root, run: () => undefined })).toBeUndefined();
  });

  it("counts a file whole if no glob names it", () => {
    expect(contents({ "*.py": "strip-comments" }, "a.js", "x")).toEqual([undefined]);
  });

  it.each([
    ["strip-comments", "a.py", "x = 1 # one\n", "x = 1\n", "x = 2\n"],
    ["json:/a", "a.json", '{"a": 1, "b": 2}', '{"b": 3, "a": 1}', '{"a": 2}'],
    ["yaml:a", "a.yml", "a: 1\nb: 2", "# c\na: '1'", "a: 1.0"],
    ["protobuf", "a.proto", "message A {}", "message A { } // b", "message B {}"],
    ["command:wc", "a", "one", "two", "three"],
  ])("treats files as equal by %s", (as, path, one, same, other) => {
    const [first, second, third] = contents({ "**": as }, path, one, same, other);
    expect(first).toBeDefined();
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("ignores additions to a baseline", () => {
    writeFileSync(join(root, "old.proto"), "message A { int32 a = 1; }");
    const [first, more, changed] = contents(
      { "a.proto": "protobuf:old.proto" },
      "a.proto",
      "message A { int32 a = 1; }",
      "message A { int32 a = 1; int32 b = 2; } message C {}",
      "message A { int64 a = 1; }",
    );
    expect(more).toBe(first);
    expect(changed).not.toBe(first);
  });

  it("counts a file whole if it cannot be normalised", () => {
    expect(contents({ "**": "json:" }, "a.json", "{")).toEqual([undefined]);
    expect(contents({ "**": "command:fail" }, "a", "x")).toEqual([undefined]);
  });

  it("uses the first glob that matches, and keeps the results of two filters apart", () => {
    const filters = { "a.py": "command:first", "**": "command:second" };
    const [first] = contents(filters, "a.py", "x");
    const [second] = contents(filters, "b.py", "x");
    expect(first).not.toBe(second);
  });

  it("keeps different bytes different if they are not text", () => {
    const [one, other] = contents(
      { "**": "strip-comments" },
      "a.c",
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from([0x22, 0xfe, 0x22]),
    );
    expect(one).not.toBe(other);
  });

  it("names a baseline that cannot be read", () => {
    expect(() => contents({ "**": "protobuf:none.proto" }, "a.proto", "")).toThrow(
      "the baseline none.proto cannot be read",
    );
  });
});
