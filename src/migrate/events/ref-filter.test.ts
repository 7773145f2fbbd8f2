import { describe, expect, it } from "vitest";
import { nameFor, passesFilter } from "./ref-filter.ts";

describe("passesFilter", () => {
  it.each([
    [["main"], "main", true],
    [["release/*"], "release/1.x", true],
    [["release/*"], "release/1/2", false],
    [["release/**"], "release/1/2", true],
    [["v*"], "v1.2.3", true],
    [["v[0-9]+.[0-9]+.[0-9]+"], "v1.2.3", true],
    [["v[0-9]+.[0-9]+.[0-9]+"], "v1.2.3-rc.1", false],
    [["**", "!main"], "main", false],
    [["!main", "**"], "main", true],
    [["[a-"], "a", false],
    [[], "main", false],
  ])("%j %s is %s", (patterns, name, passes) => {
    expect(passesFilter(patterns, name)).toBe(passes);
  });

  it("does not take long for many stars", () => {
    const name = "a".repeat(200);
    expect(passesFilter(["*a".repeat(60)], name)).toBe(false);
  });
});

describe("nameFor", () => {
  it.each([
    ["release/*", "release/1.x"],
    ["v[0-9]+.x", "v1.x"],
    ["develop", "develop"],
    ["[a-c]", undefined],
  ])("%s is %s", (pattern, name) => {
    expect(nameFor(pattern, "1.x")).toBe(name);
  });
});
