import { describe, expect, it } from "vitest";
import { formatCsvField, parseAttributes, parseCsvLine } from "./csv.ts";

describe("parseCsvLine", () => {
  it.each([
    ["a,b", ["a", "b"]],
    ["", [""]],
    ["a,,b,", ["a", "", "b", ""]],
    ['type=raw,"value=a,b"', ["type=raw", "value=a,b"]],
    ['"say ""hi""",x', ['say "hi"', "x"]],
  ])("reads %s", (line, fields) => {
    expect(parseCsvLine(line)).toEqual(fields);
  });

  it.each([
    ['"a', "it contains an unclosed quote"],
    ['"a"b,c', "it contains an unclosed quote"],
    ['a"b"', "it contains a quote inside an unquoted field"],
    ["a\nb", "it contains a line break"],
  ])("refuses %j", (line, message) => {
    expect(() => parseCsvLine(line)).toThrow(message);
  });
});

describe("formatCsvField", () => {
  it.each(["plain", "a,b", 'say "hi"', ""])("writes %j so that it is read as it was", (field) => {
    expect(parseCsvLine(`${formatCsvField(field)},x`)).toEqual([field, "x"]);
  });
});

describe("parseAttributes", () => {
  it("accepts keys in any case, and an equals sign in a value", () => {
    expect([...parseAttributes("Type=gha,url=http://x/?a=b")]).toEqual([
      ["type", "gha"],
      ["url", "http://x/?a=b"],
    ]);
  });

  it("stores a field without a key under the empty key", () => {
    expect([...parseAttributes("nightly")]).toEqual([["", "nightly"]]);
  });

  it.each([
    ["a=1,A=2", "a is set twice"],
    ["a,b", "it contains two values without a key"],
  ])("refuses %s", (line, message) => {
    expect(() => parseAttributes(line)).toThrow(message);
  });
});
