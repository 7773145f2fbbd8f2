import { expect, it } from "vitest";
import { configOf, variantOf } from "../../test/support/configs.ts";
import type { Config } from "../config/config.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { recipeOf } from "./recipe.ts";

const amd64 = parsePlatform("linux/amd64");
const arm64 = parsePlatform("linux/arm64");

/** The assumed build machine of an arm64 leg, planned on amd64. */
function machineOf(changes: Partial<Config>): string {
  return formatPlatform(recipeOf(configOf(changes), variantOf("app"), arm64, amd64).buildPlatform);
}

it("assumes that the planning machine builds", () => {
  expect(machineOf({})).toBe("linux/amd64");
  expect(machineOf({ runners: { "linux/amd64": "ubuntu-latest" } })).toBe("linux/amd64");
});

it("assumes the leg's own platform if it has a runner or a builder of its own", () => {
  const runners = { "linux/amd64": "ubuntu-latest", "linux/arm64": "ubuntu-24.04-arm" };
  expect(machineOf({ runners })).toBe("linux/arm64");
  expect(machineOf({ builders: { "linux/arm64": ["arm"] } })).toBe("linux/arm64");
  expect(machineOf({ builders: { "linux/amd64": ["a", "b"], "linux/arm64": ["c", "d"] } })).toBe(
    "linux/arm64",
  );
});

it("assumes the planning machine if two platforms share a runner: one of them is emulated", () => {
  const runners = { "linux/amd64": "ubuntu-latest", "linux/arm64": "ubuntu-latest" };
  expect(machineOf({ runners })).toBe("linux/amd64");
  expect(machineOf({ builders: { "linux/amd64": ["a", "b"], "linux/arm64": ["c", "b"] } })).toBe(
    "linux/amd64",
  );
});

it("includes the platform's own arguments", () => {
  const variant = variantOf("app", {
    args: { A: "1", B: "2" },
    platformArgs: { "linux/arm64": { B: "3" } },
  });
  expect(recipeOf(configOf(), variant, arm64, amd64).args).toEqual({ A: "1", B: "3" });
  expect(recipeOf(configOf(), variant, amd64, amd64).args).toEqual({ A: "1", B: "2" });
});

it("rejects a remote context, with its line", () => {
  const variant = variantOf("app", { context: "https://host/x.git", line: 7 });
  expect(() => recipeOf(configOf(), variant, amd64, amd64)).toThrow(
    /layerkeep\.yml:7: variant app: the context https:\/\/host\/x\.git is remote/,
  );
});
