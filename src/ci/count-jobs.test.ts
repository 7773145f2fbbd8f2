import { describe, expect, it } from "vitest";
import { configOf, variantOf } from "../../test/support/configs.ts";
import { countJobs } from "./count-jobs.ts";

describe("the jobs of a config", () => {
  it("have one level if no variant is built on another", () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const variants = [variantOf("a", { platforms }), variantOf("b")];
    expect(countJobs(configOf({ variants }))).toMatchObject({ legs: 3, levels: 1 });
    expect(countJobs(configOf({ variants: [] }))).toMatchObject({ legs: 0, levels: 1 });
  });

  it("have as many levels as the longest chain has variants", () => {
    const variants = [
      variantOf("app", { contexts: { lib: "variant:lib", files: "./files" } }),
      variantOf("base"),
      variantOf("lib", { contexts: { base: "variant:base/linux/amd64" } }),
    ];
    expect(countJobs(configOf({ variants })).levels).toBe(3);
  });
});
