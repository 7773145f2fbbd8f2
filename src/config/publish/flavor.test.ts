import { describe, expect, it } from "vitest";
import { parseFlavorEntry } from "./flavor.ts";

describe("parseFlavorEntry", () => {
  it.each([
    ["latest=false", { latest: "false" }],
    ["prefix=a-", { prefix: "a-" }],
    ["suffix=-alpine,onlatest=true", { suffix: "-alpine", suffixLatest: true }],
  ])("reads %s", (line, entries) => {
    expect(parseFlavorEntry(line)).toEqual(entries);
  });

  it.each([
    [
      "latest=yes",
      '"latest=yes" is not a valid flavor: latest must be auto, true or false, not "yes"',
    ],
    ["alpine", '"alpine" is not a valid flavor: it is not a key=value pair'],
    ["sufix=-a", '"sufix=-a" is not a valid flavor: unknown key "sufix"'],
    ["prefix={{brnch}}", '"prefix={{brnch}}" is not a valid flavor: unknown expression {{brnch}}'],
    [
      "onlatest=true",
      '"onlatest=true" is not a valid flavor: onlatest must follow prefix or suffix',
    ],
  ])("refuses %s", (line, message) => {
    expect(() => parseFlavorEntry(line)).toThrow(message);
  });
});
