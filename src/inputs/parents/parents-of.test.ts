import { describe, expect, it } from "vitest";
import { configOf, variantOf } from "../../../test/support/configs.ts";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";
import { readStages } from "../../dockerfile/stages/stages.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { recipeOf } from "../recipe.ts";
import { parentConfig, parentVariants } from "./parent-configs.ts";
import { type Parent, parentsOf } from "./parents-of.ts";

type Contexts = Readonly<Record<string, string>>;

const empty: BaseConfig = { env: [], onbuild: [] };

/** The parents of a leg for linux/arm64 that linux/amd64 builds. */
function parents(
  text: string,
  contexts: Contexts,
  baseConfig: () => BaseConfig | undefined = () => empty,
): readonly Parent[] {
  const [platform, machine] = [parsePlatform("linux/arm64"), parsePlatform("linux/amd64")];
  const variant = variantOf("app", { platforms: ["linux/arm64"], contexts });
  const recipe = { ...recipeOf(configOf(), variant, platform, machine), buildPlatform: machine };
  const dockerfile = parseDockerfile(text, "Dockerfile");
  const stages = readStages(dockerfile, {
    args: {},
    platform,
    buildPlatform: machine,
    contexts,
    baseConfig,
  });
  const file = { text, dockerfile, policy: undefined };
  return parentsOf({ recipe, file, stages, args: {}, refreshed: false, warnings: [] });
}

const on = (context: string, leg: string): Parent => ({ context, leg });
const base = { base: "variant:lib" };
const native = "FROM --platform=$BUILDPLATFORM base";

describe("a leg's parents", () => {
  it.each<[string, string, Contexts, readonly Parent[]]>([
    ["are for its own platform", "FROM base\n", base, [on("base", "lib/linux/arm64")]],
    [
      "are for the platform of FROM",
      `${native} AS b\nFROM scratch\nCOPY --from=b / /\n`,
      base,
      [on("base", "lib/linux/amd64")],
    ],
    [
      "are for the platform that the context names, if it is FROM's",
      `${native}\n`,
      { base: "variant:lib/linux/amd64" },
      [on("base", "lib/linux/amd64")],
    ],
    [
      "are for the platform that the context names, if files are copied",
      "FROM scratch\nCOPY --from=base / /\nRUN --mount=from=base,target=/x true\n",
      { base: "variant:lib/linux/s390x" },
      [on("base", "lib/linux/s390x")],
    ],
    [
      "that are copied from are for its own platform, whatever its stage's is",
      "FROM --platform=$BUILDPLATFORM other\nCOPY --from=base / /\n",
      { ...base, other: "." },
      [on("base", "lib/linux/arm64")],
    ],
    [
      "may be one variant under two names, for two platforms",
      `${native} AS b\nFROM own\nCOPY --from=b / /\n`,
      { ...base, own: "variant:lib" },
      [on("base", "lib/linux/amd64"), on("own", "lib/linux/arm64")],
    ],
    [
      "take the place of stages",
      "FROM scratch AS base\nCOPY x /\nFROM base\n",
      base,
      [on("base", "lib/linux/arm64")],
    ],
    [
      "have familiar names",
      "FROM docker.io/library/base:latest\nCOPY --from=ghcr.io/acme/x:1 / /\n",
      { base: "variant:lib", "ghcr.io/acme/x:1": "variant:x" },
      [on("base", "lib/linux/arm64"), on("ghcr.io/acme/x:1", "x/linux/arm64")],
    ],
    ["are none of the contexts that it does not read", "FROM scratch\n", base, []],
    [
      "are no contexts that are no variants",
      "FROM base\n",
      { base: "docker-image://variant:lib" },
      [],
    ],
    ["are none that only another target's stages read", "FROM base AS b\nFROM scratch\n", base, []],
  ])("%s", (_, text, contexts, expected) => {
    expect(parents(text, contexts)).toEqual(expected);
  });

  it("are all variants that it names if an image's triggers are not known", () => {
    const contexts = { ...base, other: "variant:x/linux/amd64", folder: "." };
    expect(parents("FROM outside\n", contexts, () => undefined)).toEqual([
      on("base", "lib/linux/arm64"),
      on("other", "x/linux/amd64"),
    ]);
    expect(parents("FROM outside\n", contexts)).toEqual([]);
    const trigger = (): BaseConfig => ({ env: [], onbuild: ["COPY --from=other / /"] });
    expect(parents("FROM outside\n", contexts, trigger)).toEqual([on("other", "x/linux/amd64")]);
  });

  it.each<[string, string, Contexts, string]>([
    [
      "FROM and COPY for different ones",
      `${native}\nCOPY --from=base / /\n`,
      base,
      "Dockerfile:1: the Dockerfile uses context base for both linux/amd64 and linux/arm64, but a context can be only one image (declare it under two names in contexts, and set one of them to variant:lib/linux/arm64)",
    ],
    [
      "two FROMs for different ones",
      `FROM base AS a\n${native}\nCOPY --from=a / /\n`,
      base,
      "Dockerfile:2: the Dockerfile uses context base for both linux/amd64 and linux/arm64, but a context can be only one image (declare it under two names in contexts, and set one of them to variant:lib/linux/arm64)",
    ],
    [
      "FROM for another than the context names",
      "FROM scratch\nFROM base\n",
      { base: "variant:lib/linux/amd64" },
      "Dockerfile:2: FROM needs base for linux/arm64, but the context is variant:lib/linux/amd64 (use FROM --platform=linux/amd64 base, or also build lib for linux/arm64 and omit the platform from the context)",
    ],
  ])("are refused: %s", (_, text, contexts, message) => {
    expect(() => parents(text, contexts)).toThrow(
      expect.objectContaining({ code: "usage", message }) as Error,
    );
  });
});

it("the variants that a recipe names are each listed once, read or not", () => {
  const contexts = { a: "variant:x", b: "variant:x/linux/amd64", c: ".", d: "variant:y" };
  expect(parentVariants({ contexts })).toEqual(["x", "y"]);
});

it("a parent's config is that of the platform that the context names, or else FROM's", () => {
  const configs = new Map([["lib/linux/amd64", empty]]);
  const found = (address: string, platform: string) => parentConfig(address, platform, configs);
  expect(found("variant:lib", "linux/amd64")).toBe(empty);
  expect(found("variant:lib", "linux/arm64")).toBe(undefined);
  expect(found("variant:lib/linux/amd64", "linux/arm64")).toBe(empty);
  expect(found("lib", "linux/amd64")).toBe(undefined);
});
