import { expect, it } from "vitest";
import { configOf, variantOf } from "../../test/support/configs.ts";
import { parseDockerfile } from "../dockerfile/parse/parse.ts";
import { readStages } from "../dockerfile/stages/stages.ts";
import { parsePlatform } from "../oci/platform.ts";
import { publishedBaseWarnings } from "./published-bases.ts";
import { recipeOf } from "../inputs/recipe.ts";

/** The warnings for the variants `base` and `app` if `app` is built on an image. */
function warnings(repository: string, from: string): readonly string[] {
  const variants = [variantOf("base"), variantOf("app")];
  const platform = parsePlatform("linux/amd64");
  const read = variants.map((variant) => {
    const recipe = recipeOf(configOf({ variants }), variant, platform, platform);
    const text = variant.name === "app" ? `FROM ${from}\n` : "FROM scratch\n";
    const dockerfile = parseDockerfile(text, "Dockerfile");
    const file = { text, dockerfile, policy: undefined };
    const stages = readStages(dockerfile, recipe);
    return { recipe, file, stages, args: {}, refreshed: false, warnings: [] };
  });
  const planned = variants.map(({ name }) => ({
    name,
    legs: [],
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

it.each([
  ["ghcr.io/acme/{name}", "ghcr.io/acme/base:1"],
  ["ghcr.io/acme/app", "ghcr.io/acme/app:main-base"],
])("warns that an image of %s is another variant's: FROM %s", (repository, from) => {
  expect(warnings(repository, from)).toEqual([
    `app: Dockerfile:1: ${from} is published by the variant base, and this leg is built on what is published now: after a change of base it is one run behind`,
  ]);
});

it.each([
  ["ghcr.io/acme/{name}", "ghcr.io/acme/other:1"],
  ["ghcr.io/acme/{name}", "ghcr.io/acme/app:1"],
  ["ghcr.io/acme/app", "ghcr.io/acme/app:other"],
  ["ghcr.io/acme/app", "ghcr.io/acme/app:main-app"],
])("does not warn of other images: %s, FROM %s", (repository, from) => {
  expect(warnings(repository, from)).toEqual([]);
});
