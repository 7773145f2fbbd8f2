import { expect, test } from "vitest";
import { parseDockerfile } from "../dockerfile/parse/parse.ts";
import { readStages } from "../dockerfile/stages/stages.ts";
import { parsePlatform } from "../oci/platform.ts";
import { parseConfig } from "../../test/support/parse-config.ts";
import { recipeOf } from "./recipe.ts";
import { commitWarnings, unknownPlatforms } from "./variant-warnings.ts";

const head = "0123456789abcdef0123456789abcdef01234567";

function warningsOf(
  lines: readonly string[],
  more: string,
  movingLabels: readonly string[] = [],
): readonly string[] {
  const config = parseConfig(`variants: { core: { ${more} } }`, "layerkeep.yml", {});
  const dockerfile = parseDockerfile(["FROM scratch", ...lines].join("\n"), "Dockerfile");
  const platform = parsePlatform("linux/amd64");
  const read = config.variants.map((variant) => ({
    recipe: recipeOf(config, { ...variant, movingLabels }, platform, platform),
    file: { text: "", dockerfile, policy: undefined },
    stages: readStages(dockerfile, { args: variant.args, platform }),
    args: variant.args,
    refreshed: false,
    warnings: [],
  }));
  return commitWarnings(read, { head } as Parameters<typeof commitWarnings>[1]);
}

test.each([
  [[], `labels: { rev: "${head}" }`, /^core: the label rev contains the commit/],
  [[], `labels: { rev: "git-${head.slice(0, 7)}" }`, /^core: the label rev contains the commit/],
  [[`LABEL "a"="b" rev='${head.slice(0, 12)}'`], "", /^core: the label rev contains the commit/],
  [
    ["ARG SHA", "LABEL rev=$SHA"],
    `args: { SHA: "${head}" }`,
    /^core: the argument SHA contains the commit/,
  ],
  [
    ["LABEL org.opencontainers.image.version=1.2"],
    "",
    /^core: the label org\.opencontainers\.image\.version is not updated/,
  ],
])("warns of labels and arguments that defeat reuse: %j, %s", (lines, more, warning) => {
  expect(warningsOf(lines, more)).toEqual([expect.stringMatching(warning)]);
});

test.each([
  [["LABEL org.opencontainers.image.title=app"], 'labels: { maintainer: "ada" }'],
  // No reached stage declares it.
  [[], `args: { SHA: "${head}" }`],
  [["ARG SHA", "LABEL org.opencontainers.image.revision=$SHA"], 'args: { SHA: "0123" }'],
])("does not warn of %j, %s", (lines, more) => {
  expect(warningsOf(lines, more)).toEqual([]);
});

test("does not warn of a stale label if the next plan sets it again", () => {
  const created = "org.opencontainers.image.created";
  const more = `labels: { ${created}: "2026-11-28T00:00:00Z" }`;
  expect(warningsOf([], more)).toHaveLength(1);
  expect(warningsOf([], more, [created])).toEqual([]);
});

test.each([
  ["linux/amd46", "did you mean linux/amd64?"],
  ["linus/arm64", "did you mean linux/arm64?"],
  ["linux/amd64", undefined],
  ["linux/aarch64", undefined],
  ["linux/arm/v7", undefined],
  ["amd64", undefined],
  ["linux", undefined],
  ["windows(10.0.17763)/amd64", undefined],
  ["$BUILDPLATFORM", undefined],
])("the platform %s of a FROM: %s", (platform, hint) => {
  const text = `FROM --platform=${platform} busybox AS base\nFROM base\n`;
  const dockerfile = parseDockerfile(text, "Dockerfile");
  const config = parseConfig("variants: { core: {} }", "layerkeep.yml", {});
  const amd64 = parsePlatform("linux/amd64");
  const read = config.variants.map((variant) => ({
    recipe: recipeOf(config, variant, amd64, amd64),
    file: { text: "", dockerfile, policy: undefined },
    stages: readStages(dockerfile, { args: {}, platform: amd64 }),
    args: {},
    refreshed: false,
    warnings: [],
  }));
  const message = `FROM --platform=${platform}: "${platform}" is not a platform`;
  expect(unknownPlatforms([...read, ...read])).toEqual(
    hint === undefined ? [] : [{ file: "Dockerfile", line: 1, message, hint }],
  );
});
