import { expect, it } from "vitest";
import { configOf, variantOf } from "../../test/support/configs.ts";
import { defaultRunners } from "./runners.ts";

it("the default runners are for the platforms without one of their own", () => {
  const platforms = ["linux/amd64", "linux/arm64", "linux/riscv64"];
  const runners = { "linux/amd64": "big" };
  const variants = [variantOf("a", { platforms, runners }), variantOf("b", { platforms })];
  const native = { "linux/amd64": "x64", "linux/arm64": "arm" };
  const found = defaultRunners(
    configOf({ variants, runners: { "linux/arm64": "own" } }),
    native,
    "x64",
  );
  expect([...found.byPlatform]).toEqual([
    ["linux/amd64", "x64"],
    ["linux/riscv64", "x64"],
  ]);
  expect(found.emulated).toEqual(["linux/riscv64"]);
});
