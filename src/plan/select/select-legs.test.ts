import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { selectLegs } from "./select-legs.ts";

const legs = [
  "api/linux/amd64",
  "api/linux/arm64",
  "api-gateway/linux/amd64",
  "worker/linux/arm/v7",
].map((id) => ({ id, variant: id.split("/")[0] ?? "" }));
const selected = (names: readonly string[], platforms: readonly string[] = []): readonly string[] =>
  selectLegs({ names, platforms }, legs, "the plan").map(({ id }) => id);

describe("selecting legs", () => {
  it("takes names of legs and of variants, and keeps the legs' own order", () => {
    expect(selected(["worker", "api/linux/arm64"])).toEqual([
      "api/linux/arm64",
      "worker/linux/arm/v7",
    ]);
    expect(selected(["api"])).toEqual(["api/linux/amd64", "api/linux/arm64"]);
    expect(selected([])).toHaveLength(legs.length);
  });

  it("takes globs of both", () => {
    expect(selected(["api*"])).toEqual([
      "api/linux/amd64",
      "api/linux/arm64",
      "api-gateway/linux/amd64",
    ]);
    expect(selected(["*/linux/arm64"])).toEqual(["api/linux/arm64"]);
    expect(selected(["**"])).toHaveLength(legs.length);
  });

  it("takes platforms, under any of their names", () => {
    expect(selected([], ["linux/aarch64", "linux/arm"])).toEqual([
      "api/linux/arm64",
      "worker/linux/arm/v7",
    ]);
    expect(selected([], ["linux/arm*"])).toEqual(["api/linux/arm64"]);
  });

  it("is the union of names, and of platforms, and the intersection of the two", () => {
    expect(selected(["api*", "worker"], ["linux/amd64", "linux/arm/v7"])).toEqual([
      "api/linux/amd64",
      "api-gateway/linux/amd64",
      "worker/linux/arm/v7",
    ]);
  });
});

describe("what matches nothing", () => {
  it("is refused at once, with what may be meant", () => {
    const wrong = () => selected(["aip", "api", "x*"], ["arm64"]);
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(
      [
        'the plan has no leg or variant "aip" (did you mean api?)',
        'the plan has no leg or variant "x*" (the plan contains api, api-gateway, worker)',
        'the plan has no leg for the platform "arm64" (did you mean linux/arm64?)',
      ].join("\n"),
    );
  });

  it("is refused if names and platforms have no leg in common", () => {
    expect(() => selected(["api"], ["linux/arm/v7"])).toThrow("no leg of api is for linux/arm/v7");
  });

  it("names a dozen variants of many", () => {
    const many = Array.from({ length: 300 }, (_, at) => ({
      id: `v${at}/linux/amd64`,
      variant: `v${at}`,
    }));
    expect(() => selectLegs({ names: ["nothing-like-it"] }, many, "the config")).toThrow(
      /the config contains v0, (?:v\d+, ){10}v11 and 288 more/,
    );
  });
});
