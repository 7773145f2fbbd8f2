import { expect, it } from "vitest";
import { variantOf } from "../../../test/support/configs.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { variantOn } from "./variant-on.ts";

it("overrides the arguments of all platforms with a platform's own", () => {
  const variant = variantOf("app", {
    args: { BASE: "amd", TOOLS: "t" },
    platformArgs: { "linux/arm64": { BASE: "arm", JOBS: "8" } },
  });
  const args = ["linux/amd64", "linux/arm64"].map(
    (platform) => variantOn(variant, parsePlatform(platform)).args,
  );
  expect(args).toEqual([
    { BASE: "amd", TOOLS: "t" },
    { BASE: "arm", TOOLS: "t", JOBS: "8" },
  ]);
});
