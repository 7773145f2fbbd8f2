import { expect, it } from "vitest";
import { configOf, variantOf } from "../../../test/support/configs.ts";
import type { Variant } from "../../config/config.ts";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import { readStages } from "../../dockerfile/stages/stages.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";
import { digestOf } from "../../oci/digest.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { holdInputs, unheldInputs } from "./held-inputs.ts";
import type { LegInputs } from "../leg-inputs.ts";
import { type Pin, movingInputs } from "./pins.ts";
import { recipeOf } from "../recipe.ts";

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
])("writes the digest into FROM %s AS %s, whose stage name it must not replace", (ref, name) => {
  const tagged = /:\w+$/.test(ref) ? ref : `${ref}:latest`;
  const result = held(`FROM ${ref} AS ${name}\nRUN a\nFROM scratch\nCOPY --from=${name} / /\n`);
  expect(result.dockerfile).toBe(
    `FROM ${tagged}@${digest} AS ${name}\nRUN a\nFROM scratch\nCOPY --from=${name} / /\n`,
  );
  expect(result.contexts).toEqual({});
  expect(result.renamed).toEqual(new Map([[`${tagged}@${digest}`, ref]]));
});

it("writes digests into the expanded images of COPY and mounts, only in reached stages", () => {
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

it("writes a commit into the git sources of ADD", () => {
  const text = "FROM scratch\nARG R=main\nADD https://h/x.git#$R:docs git@h:y.git /\n";
  const pinned = held(text).dockerfile;
  expect(pinned.split("\n")[2]).toBe(`ADD https://h/x.git#${commit}:docs git@h:y.git#${commit} /`);
  expect(unheld(text)).toEqual([]);
});

it("pins named contexts of every kind", () => {
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

it("pins the syntax image and the build machine with arguments", () => {
  const text =
    "# syntax=docker/dockerfile:1\nFROM --platform=$BUILDPLATFORM scratch\nARG BUILDARCH\n";
  expect(held(text).args).toEqual({
    BUILDKIT_SYNTAX: `docker/dockerfile:1@${digest}`,
    BUILDPLATFORM: "linux/amd64",
    BUILDARCH: "amd64",
  });
  expect(held("FROM scratch\n", { args: { BUILDARCH: "x" } }).args).toEqual({});
});

it("pins an image in a base image's trigger with a named context, unless a stage has its name", () => {
  const base = { env: [], onbuild: ["COPY --from=helper /x /"] };
  expect(held("FROM a:1\n", {}, base).contexts).toEqual({
    helper: `docker-image://helper:latest@${digest}`,
  });
  expect(unheld("FROM a:1\n", {}, base)).toEqual([]);
  const named = "FROM scratch AS helper\nFROM a:1\n";
  // BuildKit uses the stage of that name, and so do we.
  expect([held(named, {}, base).contexts, unheld(named, {}, base)]).toEqual([{}, []]);
});

it.each<[string, string, BaseConfig | undefined, RegExp]>([
  ["http", "ADD http://h/f /", undefined, /^http:\/\/h\/f: it could not be resolved$/],
  ["an empty checksum", "ARG S\nADD --checksum=$S http://h/f /", undefined, /^http:\/\/h\/f: /],
  ["git by a trigger", "RUN a", { env: [], onbuild: ["ADD https://h/x.git /"] }, /trigger/],
  ["a trigger that cannot be read", "RUN a", { env: [], onbuild: ["NOPE"] }, /ONBUILD triggers/],
  ["an address that cannot be written", 'ADD ["https://h/a b.git", "/"]', undefined, /characters/],
])("reports what it cannot pin: %s", (_, text, base, expected) => {
  expect(unheld(`FROM a:1\n${text}\n`, {}, base)).toEqual([expect.stringMatching(expected)]);
});

it("reports an address as uncertain if a base's config is unknown", () => {
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

it("passes no argument of the machine to a stage with a default of its own", () => {
  const own = "FROM scratch\nARG BUILDVARIANT=release\nCOPY $BUILDVARIANT/f /\n";
  expect([held(own).args, unheld(own)]).toEqual([{}, []]);
  const both = "FROM scratch AS a\nARG BUILDARCH\nFROM a\nARG BUILDARCH=foo\n";
  expect([held(both).args, unheld(both)]).toEqual([
    {},
    [expect.stringMatching(/^BUILDARCH: its value comes from the build machine in one stage/)],
  ]);
});

it.each([
  ["a quoted field", "RUN --mount='type=bind,\"from=b:1\",target=/x' a", `from=b:1@${digest}`],
  ["an escaped quote", 'RUN --mount=type=bind,\\"from=b:1\\",target=/x a', `from=b:1@${digest}`],
  ["a word after --", "COPY --from=b:1 -- --weird /d", `COPY --from=b:1@${digest} -- --weird /d`],
  ["a flag beyond ASCII", "COPY --from=b:1 --exclude=ä x /", `--from=b:1@${digest} --exclude=ä x`],
])("writes a digest beside %s", (_, text, expected) => {
  const file = `FROM scratch\n${text}\n`;
  expect([held(file).dockerfile, unheld(file)]).toEqual([expect.stringContaining(expected), []]);
});

it("respects the escape directive in flags", () => {
  const text =
    "# escape=`\nFROM scratch\nRUN --mount=from=b:1,target=C:\\x a\nCOPY --from=b:1 --chown=a``b x /\n";
  const result = held(text).dockerfile.split("\n");
  expect(result[2]).toBe(`RUN --mount=from=b:1@${digest},target=C:\\x a`);
  expect(result[3]).toBe(["COPY --from=b:1@", digest, ' --"chown=a``b" x /'].join(""));
  expect(unheld(text)).toEqual([]);
});

it("reports an instruction that is too long to be written on one line", () => {
  const long = `echo ${"x".repeat(100)} && \\\n  `.repeat(800);
  const text = `FROM scratch\nRUN --mount=from=b:1,target=/b ${long} true\n`;
  expect([held(text).dockerfile, unheld(text)]).toEqual([
    text,
    ["Dockerfile:2: the digest cannot be written into this instruction"],
  ]);
});

it("cuts a git address at its first #", () => {
  const text = "FROM scratch\nADD https://h/x.git#feat#1 /\n";
  expect(held(text).dockerfile).toContain(`https://h/x.git#${commit} /`);
});

it("pins the SBOM generator", () => {
  const scanner = "docker/buildkit-syft-scanner:stable-1";
  expect(held("FROM scratch\n", { sbom: true }).sbomGenerator).toBe(`${scanner}@${digest}`);
  const own = (generator: string) => held("FROM scratch\n", { sbom: { generator } }).sbomGenerator;
  expect(own("acme/scanner")).toBe(`acme/scanner:latest@${digest}`);
  expect(own(`acme/scanner@${digest}`)).toBe(`acme/scanner@${digest}`);
  expect(held("FROM scratch\n").sbomGenerator).toBeUndefined();
});

it.each([
  ["package docker\nallow if input.image", []],
  ['package docker\npins := load_json("pins.json")', ["Dockerfile.rego"]],
  ["package docker\nallow if pin_image(input.image, x)", ["Dockerfile.rego"]],
])("accepts a policy only if it reads nothing but its own text: %j", (policy, expected) => {
  const inputs = read("FROM scratch\n");
  const found = unheldInputs({ ...inputs, file: { ...inputs.file, policy } }, []);
  expect(found.map(({ what }) => what)).toEqual(expected);
});

it("counts an unresolved input as unheld", () => {
  expect(unheldInputs(read("FROM a:1\n"), [])).toEqual([
    { what: "a:1", why: "it was not resolved" },
  ]);
});

it("uses one pin for two spellings of an image", () => {
  const inputs = read("FROM alpine:3\nCOPY --from=docker.io/library/alpine:3 / /\n");
  const pins = [{ kind: "image" as const, ref: "docker.io/library/alpine:3", resolved: digest }];
  expect(holdInputs(inputs, pins).dockerfile).toBe(
    `FROM alpine:3@${digest}\nCOPY --from=docker.io/library/alpine:3@${digest} / /\n`,
  );
  expect(unheldInputs(inputs, pins)).toEqual([]);
});
