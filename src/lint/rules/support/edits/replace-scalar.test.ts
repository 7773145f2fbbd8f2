import { describe, expect, it } from "vitest";
import { sourceFile } from "../../../yaml/node.ts";
import { replaceScalar } from "./replace-scalar.ts";

function replaced(written: string, value: string, instead: string): string | undefined {
  const file = sourceFile("a.yml", written);
  const fix = replaceScalar({ file, start: 0, end: written.length }, value, instead);
  return fix?.edits[0]?.text;
}

describe("a value that is replaced", () => {
  it.each([
    ["ubuntu-20.04", "ubuntu-20.04", "ubuntu-24.04", "ubuntu-24.04"],
    ["'src'", "src", "src/**", "'src/**'"],
    ['"src"', "src", "src/**", '"src/**"'],
    ["/", "/", "**", '"**"'],
    ["${{ matrix.os }}", "ubuntu-20.04", "ubuntu-24.04", undefined],
    ["|\n  builder", "builder", "build", undefined],
  ])("%s", (written, value, instead, expected) => {
    expect(replaced(written, value, instead)).toBe(expected);
  });
});
