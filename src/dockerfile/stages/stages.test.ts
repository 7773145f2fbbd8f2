import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parsePlatform } from "../../oci/platform.ts";
import { parseDockerfile } from "../parse/parse.ts";
import type { BaseConfig } from "./triggers.ts";
import type { ContextSource } from "./found.ts";
import { type StageOptions } from "./stage-options.ts";
import { readStages, type Stages } from "./stages.ts";

const fixtures = new URL("../../../test/fixtures/dockerfiles/", import.meta.url);

function read(text: string, options: Partial<StageOptions> = {}): Stages {
  const platform = parsePlatform("linux/arm64");
  return readStages(parseDockerfile(text, "Dockerfile"), { args: {}, platform, ...options });
}

function readFixture(name: string, options: Partial<StageOptions> = {}): Stages {
  return read(readFileSync(new URL(`${name}.Dockerfile`, fixtures), "utf8"), options);
}

/** A source without wildcards and filters, written as its path. */
function file(path: string): Omit<ContextSource, "label" | "line"> {
  return {
    context: undefined,
    path,
    written: path,
    wildcard: false,
    include: undefined,
    exclude: [],
    picked: false,
  };
}

const sha256 = `sha256:${"1".repeat(64)}`;

function names(stages: Stages): readonly (string | number)[] {
  return stages.reached.map(({ name, index }) => name ?? index);
}

/** The path and line of each source taken from the build context. */
function paths(stages: Stages): readonly { path: string; line: number }[] {
  return stages.contextSources
    .filter(({ context }) => context === undefined)
    .map(({ path, line }) => ({ path, line }));
}

function refs(stages: Stages): readonly string[] {
  return stages.images.map(({ ref }) => ref);
}

describe("readStages", () => {
  it("lists everything that a target reads", () => {
    const { reached, ...rest } = readFixture("node-service", {
      args: { NODE_VERSION: "22", X: "" },
    });
    const sha = "1".repeat(64);
    expect(rest).toEqual({
      target: "3",
      escape: "\\",
      images: [
        { ref: `gcr.io/distroless/nodejs20-debian12@sha256:${sha}`, line: 24 },
        { ref: "node:22-bookworm-slim", line: 8 },
      ],
      syntax: { ref: "docker/dockerfile:1.7", line: 1 },
      imageUses: [
        { ref: `gcr.io/distroless/nodejs20-debian12@sha256:${sha}`, line: 24, by: "file" },
        { ref: "node:22-bookworm-slim", line: 8, by: "file" },
      ],
      stageNames: new Set(["base", "deps", "build"]),
      machineArgs: {},
      overruledArgs: [],
      replaced: new Map(),
      contexts: [],
      declaredArgs: ["NODE_VERSION", "VARIANT"],
      globalArgs: { NODE_VERSION: "22", VARIANT: "bookworm-slim" },
      remoteSources: [],
      cacheMounts: [
        {
          id: "/root/.npm",
          target: "/root/.npm",
          sharing: "shared",
          hasContent: false,
          stage: 1,
          line: 16,
        },
      ],
      contextSources: [
        { ...file("package.json"), label: "COPY package.json", line: 15 },
        { ...file("package-lock.json"), label: "COPY package-lock.json", line: 15 },
        { ...file(""), written: ".", label: "COPY .", line: 21 },
      ],
      unknown: [
        {
          line: 24,
          why: `the ONBUILD triggers of gcr.io/distroless/nodejs20-debian12@sha256:${sha} are unknown`,
          base: `gcr.io/distroless/nodejs20-debian12@sha256:${sha}`,
        },
        {
          line: 8,
          why: "the ONBUILD triggers of node:22-bookworm-slim are unknown",
          base: "node:22-bookworm-slim",
        },
      ],
      bases: [
        {
          ref: `gcr.io/distroless/nodejs20-debian12@sha256:${sha}`,
          context: undefined,
          platform: "linux/arm64",
          known: false,
          line: 24,
        },
        {
          ref: "node:22-bookworm-slim",
          context: undefined,
          platform: "linux/arm64",
          known: false,
          line: 8,
        },
      ],
      unusedArgs: ["X"],
    });
    expect(reached.map(({ name, links }) => [name, links])).toEqual([
      ["base", []],
      ["deps", [0]],
      ["build", [0]],
      [undefined, [1, 2]],
    ]);
  });

  it("reaches only the stages that the target needs", () => {
    expect(names(readFixture("node-service", { target: "deps" }))).toEqual(["base", "deps"]);
    expect(names(readFixture("go-cross", { target: "BINARY" }))).toEqual(["build", "binary"]);
    expect(refs(readFixture("go-cross", { target: "binary" }))).toEqual(["golang:1.23-alpine"]);
  });

  it("expands FROM --platform, and knows BuildKit's own arguments", () => {
    const buildPlatform = parsePlatform("linux/amd64");
    const stages = readFixture("go-cross", { buildPlatform });
    expect(stages.reached[0]?.platform).toBe("linux/amd64");
    expect(stages.declaredArgs).toEqual(["BUILDPLATFORM", "TARGETARCH", "TARGETOS", "VERSION"]);
    expect(stages.globalArgs).toEqual({
      BUILDPLATFORM: "linux/amd64",
      TARGETARCH: "arm64",
      TARGETOS: "linux",
    });
    expect(stages.unusedArgs).toEqual([]);
    expect(readFixture("go-cross").reached[0]?.platform).toBe("linux/arm64");
  });

  it("finds bind mounts of the context and of stages", () => {
    expect(paths(readFixture("go-cross"))).toEqual([
      { path: "go.mod", line: 6 },
      { path: "", line: 7 },
    ]);
    const backend = readFixture("cuda-backend");
    expect([names(backend), refs(backend)]).toEqual([
      ["wheels", "builder-base", "builder", 3],
      ["ubuntu:24.04"],
    ]);
    expect(refs(readFixture("cuda-backend", { args: { WHEELS: "acme/wheels:1" } }))).toEqual([
      "ubuntu:24.04",
      "acme/wheels:1",
    ]);
  });

  it("reports whether a stage that the target reaches declares the refresh argument", () => {
    expect(readFixture("cuda-backend").declaredArgs).toContain("APT_REFRESH");
    expect(readFixture("cuda-backend", { target: "wheels" }).declaredArgs).toEqual(["WHEELS"]);
  });

  it("counts an argument before FROM that another's default uses", () => {
    const text = "ARG A=1\nARG B=$A.0\nARG C=9\nFROM a:$B\n";
    expect(read(text).declaredArgs).toEqual(["A", "B"]);
    expect(read(text, { args: { B: "3" } }).declaredArgs).toEqual(["B"]);
    const inherited = "ARG A=1\nARG B=$A.0\nFROM scratch\nARG B\n";
    expect(read(inherited).declaredArgs).toEqual(["A", "B"]);
  });

  it("runs a stage's ONBUILD triggers in the stages built on it", () => {
    const stages = readFixture("onbuild", { args: { FLAVOUR: "fancy" } });
    expect(stages.remoteSources).toEqual([
      {
        kind: "http",
        url: "https://example.com/fancy.tgz",
        checksum: undefined,
        word: "https://example.com/${FLAVOUR}.tgz",
        line: 4,
        certain: true,
        by: "file",
      },
    ]);
    expect(paths(stages)).toEqual([{ path: "app/fancy", line: 3 }]);
    expect(stages.declaredArgs).toEqual(["FLAVOUR"]);
    expect(refs(stages)).toEqual(["busybox", "registry.example.com:5000/tools/helper:2"]);
    expect(paths(readFixture("onbuild", { target: "parent" }))).toEqual([]);
  });

  it("expands the addresses of remote sources and distinguishes git from http", () => {
    const sources = readFixture("remote-sources", { args: { REF: "v2" } }).remoteSources;
    expect(sources.map(({ kind, url, certain }) => [kind, url, certain])).toEqual([
      ["git", "https://github.com/acme/tool.git#v2", true],
      ["git", "git@git.example.com:acme/private.git", true],
      ["http", "https://mirror.example.com/2/data.tar.gz", true],
      // The base image may set the leading variable to an address.
      ["http", "/x", false],
      ["git", "https://example.com/repo.git?ref=main", true],
    ]);
    const baseConfig = (): BaseConfig => ({ env: [], onbuild: [] });
    expect(paths(readFixture("remote-sources", { baseConfig }))).toEqual([{ path: "x", line: 8 }]);
    const heredocs = readFixture("heredocs");
    expect(heredocs.remoteSources.map(({ checksum }) => checksum)).toEqual([
      `sha256:${"2".repeat(64)}`,
    ]);
    expect(paths(heredocs)).toEqual([{ path: "local.txt", line: 18 }]);
  });

  describe("SOURCE_DATE_EPOCH", () => {
    const text =
      "ARG V=1\nARG SOURCE_DATE_EPOCH=when\n" +
      `FROM scratch AS when\nARG W=2\nADD --checksum=sha256:${"c".repeat(64)} https://example.com/$V/$W.tgz /\n` +
      "FROM scratch\nCOPY a /\n";
    const remote = {
      kind: "http",
      url: "https://example.com/1/2.tgz",
      word: "https://example.com/$V/$W.tgz",
      // The server reports the time, whatever the content is.
      checksum: undefined,
      line: 5,
      certain: true,
      by: "file",
    };

    it("uses the time of a stage's remote source, which then counts", () => {
      const stages = read(text);
      expect(stages.remoteSources).toEqual([remote]);
      expect(stages.declaredArgs).toEqual(["SOURCE_DATE_EPOCH", "V", "W"]);
      expect(stages.globalArgs).toEqual({ SOURCE_DATE_EPOCH: "when", V: "1" });
      expect(stages.reached.map(({ index }) => index)).toEqual([1]);
    });

    it("names the stage as a build argument, too", () => {
      const args = { SOURCE_DATE_EPOCH: "when", W: "3" };
      const other = text.replace("ARG SOURCE_DATE_EPOCH=when\n", "\n");
      expect(read(other, { args }).remoteSources).toEqual([
        { ...remote, url: "https://example.com/1/3.tgz" },
      ]);
    });

    it("counts such a source once if the stage is also built", () => {
      expect(read(`${text}COPY --from=when / /\n`).remoteSources).toHaveLength(2);
      const plain = text.replaceAll(/\$[VW]/g, "x");
      expect(read(`${plain}COPY --from=when / /\n`).remoteSources).toHaveLength(1);
    });

    it("names a named context before a stage", () => {
      const stages = read(text, { contexts: { "when:latest": "a", other: "b" } });
      expect([stages.contexts, stages.remoteSources]).toEqual([["when"], []]);
    });

    it.each(["0", "-5", "", "context"])("names nothing in %j", (value) => {
      const stages = read(text, { args: { SOURCE_DATE_EPOCH: value } });
      expect(stages.remoteSources).toEqual([]);
    });

    it("is rejected if what it names does not exist", () => {
      const args = { SOURCE_DATE_EPOCH: "yesterday" };
      expect(() => read(text, { args })).toThrow(
        "SOURCE_DATE_EPOCH=yesterday is not a time, a stage or a named context",
      );
    });
  });

  it("sets an image's variables again in the stages built on it, and the SBOM's arguments never", () => {
    const text =
      "FROM scratch AS a\nENV D=env\nARG D=arg\nARG BUILDKIT_SBOM_SCAN_STAGE=s\nCOPY $D /\nFROM a\nCOPY $D $BUILDKIT_SBOM_SCAN_STAGE. /\n";
    expect(paths(read(text)).map(({ path }) => path)).toEqual(["arg", "env", ""]);
  });

  describe("config: what the target's image brings", () => {
    const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const base = (): BaseConfig => ({ env: ["A=base", "E"], onbuild: ["ENV T=$A"] });

    it.each<[string, string, Partial<StageOptions>, BaseConfig | undefined]>([
      ["BuildKit's PATH", "FROM scratch\n", {}, { env: [path], onbuild: [] }],
      [
        "variables, each where it was first set",
        "FROM scratch\nENV A=1 B=$A\nENV A=2 PATH=/bin\n",
        {},
        { env: ["PATH=/bin", "A=2", "B="], onbuild: [] },
      ],
      [
        "none that only ARG sets, though ENV may use them",
        "FROM scratch\nENV A=env\nARG A=arg B=b\nENV C=$A$B\n",
        { args: { B: "given" } },
        { env: [path, "A=env", "C=arggiven"], onbuild: [] },
      ],
      [
        "the base's variables, and what its triggers set, but not the triggers",
        "FROM base\nENV B=$A\n",
        { baseConfig: base },
        { env: ["A=base", "E=", path, "T=base", "B=base"], onbuild: [] },
      ],
      [
        "those of the stage that it is built on, and of no other",
        "FROM scratch AS a\nENV A=1\nFROM scratch AS b\nENV B=2\nFROM a\nCOPY --from=b / /\nENV C=$A$B\n",
        {},
        { env: [path, "A=1", "C=1"], onbuild: [] },
      ],
      [
        "its own triggers as they are written",
        'FROM scratch AS a\nONBUILD ENV A=1\nFROM a\nONBUILD run echo \\\n "$A"\nonbuild COPY a  b\n',
        {},
        { env: [path, "A=1"], onbuild: ['run echo  "$A"', "COPY a  b"] },
      ],
      [
        "the target's, not the last stage's",
        "FROM scratch AS a\nENV A=1\nFROM a\nENV B=2\n",
        { target: "a" },
        { env: [path, "A=1"], onbuild: [] },
      ],
      [
        "another variant's",
        "FROM base\n",
        { contexts: { base: "variant:lib" }, baseConfig: base },
        { env: ["A=base", "E=", path, "T=base"], onbuild: [] },
      ],
      ["not known, as its base is not", "FROM base\nENV A=1\n", {}, undefined],
      [
        "not known, as the base of its stage is not",
        "FROM base AS a\nENV A=1\nFROM a\n",
        {},
        undefined,
      ],
      [
        "known though an image that is only copied from is not",
        "FROM scratch\nCOPY --from=other / /\n",
        {},
        { env: [path], onbuild: [] },
      ],
      [
        "not known, as a trigger's heredoc is stored without its body",
        "FROM scratch\nONBUILD COPY <<EOF /a\nx\nEOF\n",
        {},
        undefined,
      ],
      [
        "not known, as a context takes the target's place",
        "FROM scratch AS app\nENV A=1\n",
        { contexts: { app: "docker-image://app" }, baseConfig: base },
        undefined,
      ],
    ])("%s", (_, text, options, config) => {
      expect(read(text, options).config).toEqual(config);
    });
  });

  it("reads no context for heredocs", () => {
    const stages = read("FROM scratch\nCOPY <<EOF /a\nx\nEOF\n");
    expect([stages.contextSources, stages.unknown]).toEqual([[], []]);
  });

  it("reports that an outside image may have ONBUILD triggers", () => {
    const stages = read("FROM acme/onbuild\n");
    expect([stages.contextSources, stages.unknown]).toEqual([
      [],
      [
        {
          line: 1,
          why: "the ONBUILD triggers of acme/onbuild are unknown",
          base: "acme/onbuild",
        },
      ],
    ]);
  });

  it("uses variables and triggers of a base image whose config is known", () => {
    const onbuild = ["ARG W=lib", "COPY $D $W /", "RUN make"];
    const baseConfig = (ref: string): BaseConfig | undefined =>
      ref === "acme/onbuild" ? { env: ["D=src", "EMPTY="], onbuild } : undefined;
    const stages = read("FROM acme/onbuild\nCOPY $D/a ${EMPTY:-b} /\n", { baseConfig });
    expect([paths(stages), stages.unknown, stages.declaredArgs]).toEqual([
      [
        { path: "src", line: 1 },
        { path: "lib", line: 1 },
        { path: "src/a", line: 2 },
        { path: "b", line: 2 },
      ],
      [],
      ["W"],
    ]);
    expect(stages.reached[0]?.triggers.map(({ text }) => text)).toEqual(onbuild);
    const once = read("FROM acme/onbuild AS a\nFROM a\n", { baseConfig });
    expect(paths(once)).toHaveLength(2);
  });

  it.each([
    ["FROM acme/onbuild\nCOPY $D /\n", "acme/onbuild might set $D", 2],
    ["FROM acme/onbuild\nARG E=$D/x\nCOPY $E /\n", "acme/onbuild might set $D", 3],
    ["FROM acme/onbuild AS a\nFROM a\nCOPY ${D:-src} /\n", "acme/onbuild might set $D", 3],
  ])("does not guess what a base image sets: %j", (text, why, line) => {
    const stages = read(text);
    expect(stages.unknown).toContainEqual({ why, line, base: "acme/onbuild" });
    expect(paths(stages)).toEqual([]);
  });

  it("reports which arguments that describe the building machine are read", () => {
    const buildPlatform = parsePlatform("linux/amd64");
    const source = "FROM scratch\nARG BUILDARCH\nCOPY bin-$BUILDARCH /\n";
    expect(read(source, { buildPlatform }).machineArgs).toEqual({ BUILDARCH: "amd64" });
    expect(paths(read(source, { buildPlatform }))).toEqual([{ path: "bin-amd64", line: 3 }]);
    const given = read(source, { buildPlatform, args: { BUILDARCH: "s390x" } });
    expect([given.machineArgs, paths(given)[0]?.path]).toEqual([{}, "bin-s390x"]);
    const chosen = read(
      "ARG X=$BUILDARCH\nFROM scratch AS amd64\nCOPY a /\nFROM scratch AS arm64\nCOPY b /\nFROM $X\n",
      { buildPlatform },
    );
    expect([names(chosen), chosen.machineArgs]).toEqual([["amd64", 2], { BUILDARCH: "amd64" }]);
    expect(read("FROM scratch\n", { buildPlatform }).machineArgs).toEqual({});
  });

  it("reports where images are named, and whether a base image's trigger names them", () => {
    const text = [
      "FROM a:1 AS one",
      "COPY --from=b /x /",
      "RUN --mount=from=c,target=/c true",
      "FROM one",
      "COPY --from=a:1 /y /",
    ].join("\n");
    const baseConfig = (): BaseConfig => ({ env: [], onbuild: ["COPY --from=d /z /"] });
    expect(read(text, { baseConfig }).imageUses).toEqual([
      { ref: "a:1", line: 1, by: "file" },
      { ref: "d", line: 1, by: "base-trigger" },
      { ref: "b", line: 2, by: "file" },
      { ref: "c", line: 3, by: "file" },
      { ref: "a:1", line: 5, by: "file" },
    ]);
  });

  it.each<[string, Partial<StageOptions>, readonly (string | boolean | undefined)[]]>([
    ["ARG SUM\nADD --checksum=$SUM http://h/f /", {}, ["http", undefined, true]],
    [
      "ARG SUM\nADD --checksum=$SUM http://h/f /",
      { args: { SUM: sha256 } },
      ["http", sha256, true],
    ],
    ["ADD http://h/$V /", {}, ["http", undefined, false]],
    ["ADD $URL /", {}, ["http", undefined, false]],
    ["ADD --checksum=$SUM http://h/f /", {}, ["http", undefined, false]],
  ])(
    "knows for certain what %j fetches, or reports that it does not",
    (text, options, expected) => {
      const from = text.startsWith("ARG") ? "scratch" : "a";
      const [source] = read(`FROM ${from}\n${text}\n`, options).remoteSources;
      expect([source?.kind, source?.checksum, source?.certain]).toEqual(expected);
    },
  );

  it("reads --parents, --exclude and wildcards", () => {
    const text = "FROM scratch\nCOPY --parents --exclude=*.md ./src/./lib/*.c d* /\n";
    const { contextSources } = read(text);
    const shared = { context: undefined, exclude: ["*.md"], picked: true, line: 2 };
    expect(contextSources).toEqual([
      {
        ...shared,
        path: "src",
        wildcard: false,
        include: "lib/*.c",
        label: "COPY ./src/./lib/*.c",
        written: "./src/./lib/*.c",
      },
      { ...shared, path: "", wildcard: false, include: "d*", label: "COPY d*", written: "d*" },
    ]);
    const variable = read("FROM scratch\nCOPY --exclude=*.md --exclude=$X . /\n");
    expect(variable.contextSources[0]).toMatchObject({ exclude: [], picked: true });
  });

  it("takes only the copied files of a named context, or all of them if it is a base", () => {
    const text = "FROM one\nCOPY --from=two src /\nRUN --mount=from=two,source=lib make\n";
    const contexts = { one: "one", two: "docker-image://two" };
    const { contextSources, unknown } = read(text, { contexts });
    expect(contextSources.map(({ context, path }) => [context, path])).toEqual([
      ["one", ""],
      ["two", "src"],
      ["two", "lib"],
    ]);
    expect(unknown).toEqual([]);
    const image = { contexts: { one: "docker-image://acme/one:1" } };
    expect(read("FROM one\n", image).unknown).toEqual([
      {
        why: "the ONBUILD triggers of acme/one:1 are unknown",
        line: 1,
        base: "acme/one:1",
      },
    ]);
    const baseConfig = (ref: string): BaseConfig => ({ env: [`D=${ref}`], onbuild: ["COPY $D /"] });
    expect(paths(read("FROM one\n", { ...image, baseConfig }))).toEqual([
      { path: "acme/one:1", line: 1 },
    ]);
  });

  it("lets named contexts replace images and whole stages", () => {
    const text = [
      "FROM docker.io/library/alpine:latest AS base",
      "FROM golang AS build",
      "COPY . .",
      "FROM base",
      "COPY --from=build /a /a",
      "COPY --from=assets /b /b",
    ].join("\n");
    const stages = read(text, {
      contexts: { alpine: "a", build: "b", assets: "c", other: "d" },
    });
    expect([names(stages), refs(stages), stages.contexts, paths(stages)]).toEqual([
      ["base", 2],
      [],
      ["alpine", "assets", "build"],
      [],
    ]);
  });

  it("lists an image once, however it is spelled", () => {
    expect(
      refs(read("FROM alpine AS a\nFROM docker.io/library/alpine:latest\nCOPY --from=a / /")),
    ).toEqual(["docker.io/library/alpine:latest"]);
  });

  it("prefers the syntax image in BUILDKIT_SYNTAX", () => {
    expect(readFixture("go-cross", { args: { BUILDKIT_SYNTAX: "a/b" } }).syntax).toEqual({
      ref: "a/b",
      line: undefined,
    });
  });

  it("does not mistake inherited property names for arguments", () => {
    expect(
      read("FROM scratch\nARG constructor\nADD http://a/$constructor /\n").remoteSources[0],
    ).toEqual({
      kind: "http",
      url: "http://a/",
      checksum: undefined,
      word: "http://a/$constructor",
      line: 3,
      certain: true,
      by: "file",
    });
  });

  it.each([
    [
      "FROM a AS build\n",
      { target: "biuld" },
      'Dockerfile: target stage "biuld" not found (did you mean "build"?)',
    ],
    [
      "FROM a AS x\nFROM b AS y\n",
      { target: "other" },
      'Dockerfile: target stage "other" not found (the stages are x, y)',
    ],
    [
      "FROM a AS x\n",
      { target: "0" },
      'Dockerfile: target stage "0" not found (use a stage name, not a number; the stages are x)',
    ],
    [
      "FROM a\n",
      { target: "0" },
      'Dockerfile: target stage "0" not found (use a stage name, not a number; no stage has a name)',
    ],
    [
      "ARG V\nFROM ${V}\n",
      {},
      "Dockerfile:2: FROM has an empty image: ${V} (set the build argument V, or give it a default before FROM)",
    ],
    ["FROM --platform=$P a\n", {}, "Dockerfile:1: FROM has an empty --platform: $P"],
    [
      "FROM a b\n",
      {},
      "Dockerfile:1: FROM requires an image, optionally followed by AS and a name",
    ],
    ["FROM a AS 1\n", {}, 'Dockerfile:1: "1" is not a valid stage name'],
    ["FROM UPPER\n", {}, 'Dockerfile:1: "UPPER" is not an image reference'],
    [
      "FROM a AS x\nCOPY --from=b /x /x\nFROM c AS b\n",
      { target: "x" },
      'Dockerfile:2: stage "b" does not come before this one',
    ],
    [
      "FROM a\nCOPY --from=7 /x /x\n",
      {},
      "Dockerfile:2: stage 7 not found (stage numbers start at 0; the last stage is 0)",
    ],
    [
      "FROM a\nARG B\nCOPY --from=$B /x /x\n",
      {},
      "Dockerfile:3: variables are not expanded in from=$B",
    ],
    ["FROM a\nENV A=b c\n", {}, "Dockerfile:2: ENV requires name=value pairs"],
    ["FROM a\nADD ${X:?missing} /\n", {}, "Dockerfile:2: X: missing"],
  ])("refuses %j for %j", (text, options, message) => {
    expect(() => read(text, options)).toThrow(message);
  });
});
