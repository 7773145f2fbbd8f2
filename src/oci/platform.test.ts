import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import {
  formatPlatform,
  isPlatformSpecifier,
  parsePlatform,
  platformSlug,
  samePlatform,
} from "./platform.ts";

describe("parsePlatform", () => {
  it.each([
    ["linux/amd64", { os: "linux", architecture: "amd64" }],
    ["linux/amd64/v1", { os: "linux", architecture: "amd64" }],
    ["linux/amd64/v3", { os: "linux", architecture: "amd64", variant: "v3" }],
    ["linux/x86_64", { os: "linux", architecture: "amd64" }],
    ["linux/x86-64", { os: "linux", architecture: "amd64" }],
    ["linux/arm64", { os: "linux", architecture: "arm64" }],
    ["linux/arm64/v8", { os: "linux", architecture: "arm64" }],
    ["linux/aarch64", { os: "linux", architecture: "arm64" }],
    ["linux/arm64/8", { os: "linux", architecture: "arm64" }],
    ["linux/arm64/v8.0", { os: "linux", architecture: "arm64" }],
    ["linux/arm64/v8.1", { os: "linux", architecture: "arm64", variant: "v8.1" }],
    ["linux/arm64/v9.0", { os: "linux", architecture: "arm64", variant: "v9" }],
    ["linux/arm", { os: "linux", architecture: "arm", variant: "v7" }],
    ["linux/arm/7", { os: "linux", architecture: "arm", variant: "v7" }],
    ["linux/arm/v6", { os: "linux", architecture: "arm", variant: "v6" }],
    ["linux/armhf", { os: "linux", architecture: "arm", variant: "v7" }],
    ["linux/armel", { os: "linux", architecture: "arm", variant: "v6" }],
    ["linux/armhf/v6", { os: "linux", architecture: "arm", variant: "v7" }],
    ["linux/i386", { os: "linux", architecture: "386" }],
    ["linux/ppc64", { os: "linux", architecture: "ppc64" }],
    ["wasi/wasm", { os: "wasi", architecture: "wasm" }],
    ["macos/arm64", { os: "darwin", architecture: "arm64" }],
    ["Linux/ARM64", { os: "linux", architecture: "arm64" }],
    ["windows/amd64", { os: "windows", architecture: "amd64" }],
    ["linux/riscv64", { os: "linux", architecture: "riscv64" }],
    ["linux/ppc64le", { os: "linux", architecture: "ppc64le" }],
  ])("reads %s", (text, expected) => {
    expect(parsePlatform(text)).toEqual(expected);
    expect(samePlatform(parsePlatform(text), parsePlatform(formatPlatform(expected)))).toBe(true);
  });

  it.each([
    "",
    "linux",
    "amd64",
    "linux/",
    "/amd64",
    "linux/amd46",
    "linus/amd64",
    "linux/arm/v7 ",
    "linux/arm/v7/x",
    "linux/amd64,linux/arm64",
    " linux/amd64",
    "linux/amd64\n",
    "unknown/unknown",
  ])("refuses %j", (text) => {
    const read = (): unknown => parsePlatform(text);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(`"${text}" is not a platform`);
  });
});

describe("an unknown platform", () => {
  it.each([
    ["amd64", "did you mean linux/amd64?"],
    ["aarch64", "did you mean linux/arm64?"],
    ["linux/amd46", "did you mean linux/amd64?"],
    ["linus/arm/v7", "did you mean linux/arm/v7?"],
    ["bogus/bogus", "use os/architecture or os/architecture/variant, such as "],
    ["linux", "use os/architecture or os/architecture/variant, such as "],
  ])("%s comes with a suggestion", (text, hint) => {
    const read = (): unknown => parsePlatform(text);
    expect(read).toThrow(UsageError);
    try {
      read();
    } catch (error) {
      expect(error instanceof UsageError ? error.hint : undefined).toContain(hint);
    }
  });
});

describe("isPlatformSpecifier", () => {
  it.each([
    ["linux/amd64", true],
    ["linux/nobody/knows", true],
    ["arm64", true],
    ["windows", true],
    ["windows(10.0.17763+win32k)/amd64", true],
    ["bogus", false],
    ["linux/", false],
    ["linux/a/b/c", false],
    ["linux/*", false],
    ["", false],
  ])("of %j is %s", (text, expected) => expect(isPlatformSpecifier(text)).toBe(expected));
});

describe("platformSlug", () => {
  it("differs for every platform, and omits linux", () => {
    const spelt = ["linux/amd64", "linux/amd64/v3", "linux/arm64", "linux/arm/v7", "windows/amd64"];
    expect(spelt.map((text) => platformSlug(parsePlatform(text)))).toEqual([
      "amd64",
      "amd64-v3",
      "arm64",
      "arm-v7",
      "windows-amd64",
    ]);
  });
});

describe("samePlatform", () => {
  it.each([
    ["a default variant", { variant: "v8" }, true],
    ["an empty variant", { variant: "" }, true],
    ["another OS version", { "os.version": "10.0.1" }, true],
    ["another variant", { variant: "v9" }, false],
    ["another architecture", { architecture: "amd64" }, false],
    ["another operating system", { os: "windows" }, false],
  ])("with %s", (_, change, expected) => {
    const platform = { os: "linux", architecture: "arm64" };
    expect(samePlatform(platform, { ...platform, ...change })).toBe(expected);
  });
});
