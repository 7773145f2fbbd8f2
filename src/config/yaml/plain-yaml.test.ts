import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlainYaml } from "./plain-yaml.ts";
import { readWholeYaml } from "./whole-yaml.ts";
import type { YamlFile } from "./yaml-file.ts";
import { createPlaces, locate, type Path } from "./yaml-places.ts";

const examples = join(import.meta.dirname, "..", "..", "..", "examples");

describe("readPlainYaml", () => {
  it.each([
    readFileSync(join(examples, "layerkeep.yml"), "utf8"),
    readFileSync(join(examples, "imported", "layerkeep.yml"), "utf8"),
    readFileSync(join(examples, "imported", "matrix.yml"), "utf8"),
    `---
# A matrix.
include:
  - a: 'x y'   # one
    b: "1.10"
    c: 1.10

  # another
  -   a: ubuntu:24.04
      tag-suffix: '-cpu'
      d:
      e: { f: [a, "b, c", {g: h}], i: {} }
other: # none
last:
- a: ''
- b
-
  c: d
  e: it's (fine) -O2 {x} \${VAR} a:b
end:
`,
  ])("reads the same values and places as the full reader: %#", (text) => {
    expect(comparePlain(text)).toBe(true);
  });

  it.each([
    "a",
    "- a",
    "a: b: c",
    "a: &x b",
    "a: *x",
    "a: !!str b",
    "a: 'it''s'",
    'a: "\\n"',
    "a: |\n  b",
    "a: b\n  c",
    "a: b\na: c",
    "a: [b,\n c]",
    "a: [b, ]",
    "a: [b, ]",
    "a: { b }",
    "a: {b: }",
    "a: [${X}]",
    "a:\n  - - b",
    "a:\n  -\n  - b",
    "a:\n   b: c\n  d: e",
    "  a: b\nc: d",
    "<<: a",
    "? a\n: b",
    "null: a",
    "__proto__: a",
    "a:\tb",
    "a: b\r\n",
    "a: b\n...\n",
    "a: b\n---\n",
    "",
    "# nothing\n",
    `a: ${"[".repeat(200)}${"]".repeat(200)}`,
  ])("leaves other YAML to the full reader: %j", (text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  const words =
    "a b: - # ' \" x: 1.10 true ~ null {} [] [ ] { } , *a &a | > \\ : ? @ % ! ${x} --- ... <<: \t é k: 'v' \"w\" [a] {a: b}";
  const pieces = [
    ...words.split(" "),
    " ",
    "  ",
    "    ",
    "\n",
    "\n",
    "\n  ",
    "\n  - ",
    "\n    b: ",
  ];
  const piece = fc.constantFrom(...pieces, "\n  - a: ", "\nc:", "\nd: e", " # x");

  it("returns the same as the full reader, or nothing", () => {
    const starts = fc.constantFrom("a:\n  - k: v", "a: ", "a:\n  b: ", "a: [", "a: {k: ");
    const text = fc
      .tuple(starts, fc.array(piece, { maxLength: 12 }))
      .map(([start, rest]) => start + rest.join(""));
    let plain = 0;
    fc.assert(
      fc.property(text, (given) => {
        plain += comparePlain(given) ? 1 : 0;
      }),
      { numRuns: 20_000, endOnFailure: true },
    );
    // Otherwise nothing was compared.
    expect(plain).toBeGreaterThan(500);
  }, 60_000);
});

/** False if the text is not plain; otherwise compares both readings. */
function comparePlain(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === undefined) return false;
  const whole = readWholeYaml(text);
  expect(whole.problems).toEqual([]);
  expect(plain.value).toEqual(whole.value);
  const placeOf = createPlaces(text);
  for (const path of pathsOf(whole.value)) {
    for (const part of ["key", "value"] as const) {
      const found = locate(plain.value, plain.offsets, path, part);
      const place = found === undefined ? undefined : placeOf(found);
      expect({ path, part, place }).toEqual({ path, part, place: placeIn(whole, path, part) });
    }
  }
  return true;
}

function placeIn(file: YamlFile, path: Path, part: "key" | "value") {
  return file.place(path, part);
}

function pathsOf(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [[]];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [[], ...entries.flatMap(([key, inner]) => pathsOf(inner).map((path) => [key, ...path]))];
}
