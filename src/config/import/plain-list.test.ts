import fc from "fast-check";
import { expect, it } from "vitest";
import { readYaml } from "../yaml-file.ts";
import { readPlainLists } from "./plain-list.ts";

it("reads lists of flat maps as the whole reader does, with the places of their entries", () => {
  const text = `---
# A matrix.
include:
  - a: 'x y'   # one
    b: "1.10"
    c: 1.10

  # another
  -   a: ubuntu:24.04
      tag-suffix: '-cpu'
      d:
other: # none
last:
- a: ''
`;
  const found = readPlainLists(text);
  const whole = readYaml(text);
  expect(found?.value).toEqual({
    include: [
      { a: "x y", b: "1.10", c: "1.10" },
      { a: "ubuntu:24.04", "tag-suffix": "-cpu", d: null },
    ],
    other: null,
    last: [{ a: "" }],
  });
  expect(found?.value).toEqual(whole.value);
  for (const path of [["include"], ["include", 0], ["include", 1], ["other"], ["last", 0]]) {
    expect(found?.place(path, "key")).toEqual(whole.place(path, "key"));
  }
});

it.each([
  "a: b",
  "a:\n  - b: [c]",
  "a:\n  - b: c d",
  "a:\n  - b: c: d",
  "a:\n  - b: &x c",
  "a:\n  - b: null",
  "a:\n  - b: 'it''s'",
  'a:\n  - b: "\\n"',
  "a:\n  - b: |\n      c",
  "a:\n  - b: c\n      d",
  "a:\n  - b: c\n    b: d",
  "a:\n  - b: c\n   d: e",
  "a:\n  - <<: x",
  "a:\n  - b: c\na:\n  - b: d",
  "a:\n\t- b: c",
  "a:\n  - b: c\r\n",
  "a:\n  - b: c\n...\n",
  "",
])("leaves what says more to the whole reader: %j", (text) => {
  expect(readPlainLists(text)).toBeUndefined();
});

const piece = fc.constantFrom(
  ..."a b: - # ' \" x: 1.10 true ~ null {} [] *a &a | > \\ : ? , @ % ! ${x} --- ... <<: \t é".split(
    " ",
  ),
  " ",
  "  ",
  "    ",
  "\n",
  "\n",
  "\n  - a: ",
  "\n    b: ",
  "\nc:",
);

it("gives what the whole reader gives, or nothing", () => {
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => `a:\n  - k: v${pieces.join("")}`);
  fc.assert(
    fc.property(text, (given) => {
      const found = readPlainLists(given);
      if (found === undefined) return;
      const whole = readYaml(given);
      expect(whole.problems).toEqual([]);
      expect(found.value).toEqual(whole.value);
      const lists = found.value;
      if (typeof lists !== "object" || lists === null) throw new Error("it is a map");
      for (const [name, list] of Object.entries(lists)) {
        expect(found.place([name], "key")).toEqual(whole.place([name], "key"));
        if (!Array.isArray(list)) continue;
        for (const index of list.keys()) {
          expect(found.place([name, index], "key")).toEqual(whole.place([name, index], "key"));
        }
      }
    }),
    { numRuns: 2000, endOnFailure: true },
  );
});
