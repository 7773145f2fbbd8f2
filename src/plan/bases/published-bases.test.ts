import { expect, it } from "vitest";
import { configOf, variantOf } from "../../../test/support/configs.ts";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import { readStages } from "../../dockerfile/stages/stages.ts";
import { publishedBaseWarnings } from "./published-bases.ts";
import { recipeOf } from "../../inputs/recipe.ts";

/** The warnings for the variants `base`, `lib` and `app` if `app` has this Dockerfile. */
function warnings(
  repository: string,
  text: string,
  app: Parameters<typeof variantOf>[1] = {},
): readonly string[] {
  const variants = [variantOf("base"), variantOf("lib"), variantOf("app", app)];
  const read = variants.flatMap((variant) =>
    variant.platforms.map((platform) => {
      const recipe = recipeOf(configOf({ variants }), variant, platform, platform);
      const own = variant.name === "app" ? text : "FROM scratch\n";
      const dockerfile = parseDockerfile(own, "Dockerfile");
      const file = { text: own, dockerfile, policy: undefined };
      const stages = readStages(dockerfile, recipe);
      return { recipe, file, stages, args: {}, refreshed: false, warnings: [] };
    }),
  );
  const planned = variants.map(({ name }) => ({
    name,
    legs: [],
    previews: [],
    targets: [
      {
        repository: repository.replace("{name}", name),
        tags: [{ tag: `main-${name}`, order: "none" as const }],
        shape: "index" as const,
        annotations: {},
      },
    ],
  }));
  return publishedBaseWarnings(read, planned);
}

const bothPlatforms = ["linux/amd64", "linux/arm64"];

it.each([
  ["ghcr.io/acme/{name}", "ghcr.io/acme/base:1"],
  ["ghcr.io/acme/app", "ghcr.io/acme/app:main-base"],
])("gives the context to add, once for all platforms: %s, FROM %s", (repository, from) => {
  expect(warnings(repository, `FROM ${from}\n`, { platforms: bothPlatforms })).toEqual([
    `app: it uses ${from} (Dockerfile:1), which base publishes. Changes to a published image reach the variant one run later. To build everything in one run, add contexts: {"${from}": "variant:base"}`,
  ]);
});

it("gives all contexts of a variant in one warning, for images in arguments and copies too", () => {
  const text =
    "ARG BUILDER\nFROM ${BUILDER} AS builder\nFROM scratch\nCOPY --from=ghcr.io/acme/lib /a /\nCOPY --from=builder /b /\n";
  const found = warnings("ghcr.io/acme/{name}", text, {
    platforms: bothPlatforms,
    platformArgs: {
      "linux/amd64": { BUILDER: "ghcr.io/acme/base:amd64" },
      "linux/arm64": { BUILDER: "ghcr.io/acme/base:arm64" },
    },
  });
  expect(found).toEqual([
    'app: it uses ghcr.io/acme/lib (Dockerfile:4), which lib publishes, and ghcr.io/acme/base:amd64 (Dockerfile:2), which base publishes, and ghcr.io/acme/base:arm64 (Dockerfile:2), which base publishes. Changes to a published image reach the variant one run later. To build everything in one run, add contexts: {"ghcr.io/acme/lib": "variant:lib", "ghcr.io/acme/base:amd64": "variant:base", "ghcr.io/acme/base:arm64": "variant:base"}',
  ]);
});

it("does not warn of a base that is such a context already", () => {
  const contexts = { "ghcr.io/acme/base:1": "variant:base" };
  expect(warnings("ghcr.io/acme/{name}", "FROM ghcr.io/acme/base:1\n", { contexts })).toEqual([]);
});

it.each([
  ["ghcr.io/acme/{name}", "ghcr.io/acme/other:1"],
  ["ghcr.io/acme/{name}", "ghcr.io/acme/app:1"],
  ["ghcr.io/acme/{name}", `ghcr.io/acme/base:1@sha256:${"0".repeat(64)}`],
  ["ghcr.io/acme/app", "ghcr.io/acme/app:other"],
  ["ghcr.io/acme/app", "ghcr.io/acme/app:main-app"],
])("does not warn of other images: %s, FROM %s", (repository, from) => {
  expect(warnings(repository, `FROM ${from}\n`)).toEqual([]);
});
