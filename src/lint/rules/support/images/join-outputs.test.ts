import { describe, expect, it } from "vitest";
import { known } from "../../../expressions/value.ts";
import { linesOf, parseSettings } from "../../../operations/settings.ts";
import { sourceFile } from "../../../yaml/node.ts";
import { joinOutputs } from "./join-outputs.ts";

/** The text after the fix; undefined if there is none. */
function joined(text: string): string | undefined {
  const file = sourceFile("a.yml", text);
  const span = { file, start: 0, end: text.length };
  const value = known((text.match(/^ .*$/gm) ?? []).join("\n"));
  const fix = joinOutputs(linesOf({ value, span }).map(parseSettings));
  const edits = [...(fix?.edits ?? [])].sort((a, b) => b.span.start - a.span.start);
  return edits.length === 0
    ? undefined
    : edits.reduce((all, { span: at, text: put }) => {
        return all.slice(0, at.start) + put + all.slice(at.end);
      }, text);
}

describe("outputs that are joined", () => {
  it("keep their attributes and get all names", () => {
    expect(
      joined("|\n  type=image,name=a/b,push=true\n  type=image,name=c/d,push=true\n# kept\n"),
    ).toBe('|\n  type=image,"name=a/b,c/d",push=true\n# kept\n');
  });

  it.each([
    "|\n  type=image,name=a/b,push=true\n  type=image,name=c/d\n",
    "|\n  type=image,name=a/b\n  type=image\n",
    "|\n  type=image,name=a/b\n",
  ])("are left alone if they differ in more, or are one: %j", (text) => {
    expect(joined(text)).toBeUndefined();
  });
});
