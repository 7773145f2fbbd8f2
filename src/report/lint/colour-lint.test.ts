import { expect, it } from "vitest";
import { colourLint } from "./colour-lint.ts";

it("colours severities and rules, not what files contain", () => {
  const text = [
    "error[shared-cache]: each row writes this cache",
    "1 | error[shared-cache]: x",
    "note[untagged-digest]: no tag",
    "error: a.yml:1:1: the file is empty",
  ];
  expect(colourLint(text.join("\n")).split("\n")).toEqual([
    "\u001b[31merror[shared-cache]\u001b[0m: each row writes this cache",
    "1 | error[shared-cache]: x",
    "\u001b[36mnote[untagged-digest]\u001b[0m: no tag",
    "\u001b[31merror\u001b[0m: a.yml:1:1: the file is empty",
  ]);
});
