import { expect, it } from "vitest";
import { configOf, variantOf } from "../../test/support/configs.ts";
import type { Variant } from "../config/config.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { readStages } from "../dockerfile/stages.ts";
import type { BaseConfig } from "../dockerfile/triggers.ts";
import { digestOf } from "../oci/digest.ts";
import { parsePlatform } from "../oci/platform.ts";
import { holdInputs, unheldInputs } from "./held-inputs.ts";
import type { LegInputs } from "./leg-inputs.ts";
import { movingInputs } from "./pins.ts";
import type { Pin } from "./plan.ts";
import { recipeOf } from "./recipe.ts";

const digest = digestOf("image");
const commit = "c".repeat(40);
const resolved = { image: digest, syntax: digest, layout: digest, git: commit, http: null };

function read(
  text: string,
  variant: Partial<Omit<Variant, "platforms">> = {},
  config: BaseConfig = { env: [], onbuild: [] },
): LegInputs {
  const platform = parsePlatform("linux/amd64");
  const recipe = recipeOf(configOf(), variantOf("app", variant), platform, platform);
  const dockerfile = parseDockerfile(text, "Dockerfile");
  const stages = readStages(dockerfile, { ...recipe, baseConfig: () => config });
  const file = { text, dockerfile, policy: undefined };
  return { recipe, file, stages, args: recipe.args, refreshed: false, warnings: [] };
}

function pinsOf(inputs: LegInputs): readonly Pin[] {
  return movingInputs(inputs).map(({ kind, ref }) => ({ kind, ref, resolved: resolved[kind] }));
}

function held(...given: Parameters<typeof read>): ReturnType<typeof holdInputs> {
  const inputs = read(...given);
  return holdInputs(inputs, pinsOf(inputs));
}

function unheld(...given: Parameters<typeof read>): readonly string[] {
  const inputs = read(...given);
  return unheldInputs(inputs, pinsOf(inputs)).map(({ what, why }) => `${what}: ${why}`);
}

it.each([
  ["composer:latest", "composer"],
  ["composer", "composer"],
  ["docker.io/library/composer", "composer"],
  ["ghcr.io/acme/composer:2", "composer"],
  ["composer:2", "COMPOSER"],
  ["scratch-like", "scratch-like"],
])("writes the digest into FROM %s AS %s, whose name it cannot take", (ref, name) => {
  const tagged = /:\w+$/.test(ref) ? ref : `${ref}:latest`;
  const result = held(`FROM ${ref} AS ${name}\nRUN a\nFROM scratch\nCOPY --from=${name} / /\n`);
  expect(result.dockerfile).toBe(
    `FROM ${tagged}@${digest} AS ${name}\nRUN a\nFROM scratch\nCOPY --from=${name} / /\n`,
  );
  expect(result.contexts).toEqual({});
  expect(result.renamed).toEqual(new Map([[`${tagged}@${digest}`, ref]]));
});

it("writes digests into what is copied and mounted, expanded, of reached stages alone", () => {
  const text = [
    "ARG V=3",
    "FROM alpine:$V AS unused",
    "FROM alpine:$V",
    "COPY --from=a:1 /x /",
    "RUN --mount=from=b,target=/b true",
    `COPY --from=c@${digest} /x /`,
  ].join("\n");
  expect(held(text).dockerfile.split("\n")).toEqual([
    "ARG V=3",
    "FROM alpine:$V AS unused",
    `FROM alpine:3@${digest}`,
    `COPY --from=a:1@${digest} /x /`,
    `RUN --mount=from=b:latest@${digest},target=/b true`,
    `COPY --from=c@${digest} /x /`,
  ]);
});

it("writes a commit into what ADD fetches by git", () => {
  const text = "FROM scratch\nARG R=main\nADD https://h/x.git#$R:docs git@h:y.git /\n";
  const pinned = held(text).dockerfile;
  expect(pinned.split("\n")[2]).toBe(`ADD https://h/x.git#${commit}:docs git@h:y.git#${commit} /`);
  expect(unheld(text)).toEqual([]);
});

it("holds named contexts of every kind", () => {
  const contexts = {
    image: "docker-image://alpine:3",
    layout: "oci-layout://lay:1",
    git: "https://h/x.git#main:a",
    files: "assets",
  };
  const text = Object.keys(contexts).map((name) => `COPY --from=${name} / /`);
  expect(held(["FROM scratch", ...text].join("\n"), { contexts }).contexts).toEqual({
    image: `docker-image://alpine:3@${digest}`,
    layout: `oci-layout://lay:1@${digest}`,
    git: `https://h/x.git#${commit}:a`,
    files: "assets",
  });
});

it("holds the syntax image and the machine that builds by arguments", () => {
  const text =
    "# syntax=docker/dockerfile:1\nFROM --platform=$BUILDPLATFORM scratch\nARG BUILDARCH\n";
  expect(held(text).args).toEqual({
    BUILDKIT_SYNTAX: `docker/dockerfile:1@${digest}`,
    BUILDPLATFORM: "linux/amd64",
    BUILDARCH: "amd64",
  });
  expect(held("FROM scratch\n", { args: { BUILDARCH: "x" } }).args).toEqual({});
});

it("holds an image of a base image's trigger by a named context, unless a stage has its name", () => {
  const base = { env: [], onbuild: ["COPY --from=helper /x /"] };
  expect(held("FROM a:1\n", {}, base).contexts).toEqual({
    helper: `docker-image://helper:latest@${digest}`,
  });
  expect(unheld("FROM a:1\n", {}, base)).toEqual([]);
  const named = "FROM scratch AS helper\nFROM a:1\n";
  // BuildKit takes the stage of that name, and so do we.
  expect([held(named, {}, base).contexts, unheld(named, {}, base)]).toEqual([{}, []]);
});

it.each<[string, string, BaseConfig | undefined, RegExp]>([
  ["http", "ADD http://h/f /", undefined, /^http:\/\/h\/f: it could not be resolved$/],
  ["an empty checksum", "ARG S\nADD --checksum=$S http://h/f /", undefined, /^http:\/\/h\/f: /],
  ["git by a trigger", "RUN a", { env: [], onbuild: ["ADD https://h/x.git /"] }, /trigger/],
  ["a trigger that cannot be read", "RUN a", { env: [], onbuild: ["NOPE"] }, /ONBUILD triggers/],
  ["an address that cannot be written", 'ADD ["https://h/a b.git", "/"]', undefined, /characters/],
])("says what it cannot hold: %s", (_, text, base, expected) => {
  expect(unheld(`FROM a:1\n${text}\n`, {}, base)).toEqual([expect.stringMatching(expected)]);
});

it("says that an address is not known for certain if a base's config is not", () => {
  const platform = parsePlatform("linux/amd64");
  const recipe = recipeOf(configOf(), variantOf("app"), platform, platform);
  const text = "FROM a:1\nADD $URL /\n";
  const dockerfile = parseDockerfile(text, "Dockerfile");
  const stages = readStages(dockerfile, recipe);
  const file = { text, dockerfile, policy: undefined };
  const inputs = { recipe, file, stages, args: {}, refreshed: false, warnings: [] };
  expect(unheldInputs(inputs, pinsOf(inputs)).map(({ what }) => what)).toEqual([
    "a:1",
    "$URL (ADD in Dockerfile:2)",
  ]);
});
