import { describe, expect, it } from "vitest";
import { defaultFlavor, parseFlavor } from "./flavor.ts";

describe("parseFlavor", () => {
  it.each([
    [[], defaultFlavor],
    [["latest=false"], { ...defaultFlavor, latest: "false" }],
    [
      ["prefix=a-", "suffix=-alpine,onlatest=true"],
      { ...defaultFlavor, prefix: "a-", suffix: "-alpine", suffixLatest: true },
    ],
  ])("reads %j", (lines, flavor) => {
    expect(parseFlavor(lines)).toEqual(flavor);
  });

  it.each([
    ["latest=yes", '"latest=yes" is not a flavor: latest must be auto, true or false, not "yes"'],
    ["alpine", '"alpine" is not a flavor: it is not key=value'],
    ["sufix=-a", '"sufix=-a" is not a flavor: it has no sufix'],
    ["onlatest=true", '"onlatest=true" is not a flavor: onlatest follows no prefix or suffix'],
  ])("refuses %s", (line, message) => {
    expect(() => parseFlavor([line])).toThrow(message);
  });
});
