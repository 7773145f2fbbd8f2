import { describe, expect, it } from "vitest";
import { known, type Text, textOfValue, Unknown } from "../../expressions/value.ts";
import type { Build } from "../../model/operation.ts";
import { sourceFile, type Span } from "../../yaml/node.ts";
import { type BakeRun, readBake } from "./read-bake.ts";

describe("bake", () => {
  it("builds the targets of a group with what they inherit", () => {
    const builds = bake(`
      variable "TAG" { default = "latest" }
      variable "REPO" { default = "ghcr.io/acme" }
      variable "EMPTY" {}
      group "default" { targets = ["api", "images"] }
      group "images" { targets = ["web"] }
      target "_base" {
        platforms = ["linux/amd64", "linux/arm64"]
        args = { VERSION = "1" , MODE = "base" }
        cache-to = ["type=registry,ref=\${REPO}/cache:base,mode=max"]
      }
      # the first one
      target "api" {
        inherits = ["_base"]
        context = "services/api"
        dockerfile = "../Dockerfile"
        target = "run"
        tags = ["\${REPO}/api:\${TAG}\${EMPTY}", equal(TAG, "latest") ? "a" : "b"]
        args = { MODE = TAG == "latest" ? "release" : "debug" }
        output = [{ type = "image", push = true }]
        attest = ["type=provenance,mode=max", { type = "sbom", disabled = true }]
      }
      target "web" { inherits = ["_base", "missing"] /* none */ }
      target "unused" {}
    `);
    expect(builds.map(shown)).toEqual([
      {
        context: "services/api",
        dockerfile: "services/Dockerfile",
        target: "run",
        platforms: ["linux/amd64", "linux/arm64"],
        tags: ["ghcr.io/acme/api:latest", "a"],
        args: ["VERSION=1", "MODE=release"],
        cacheTo: ["type=registry,ref=ghcr.io/acme/cache:base,mode=max"],
        outputs: ["type=image,push=true"],
        provenance: "max",
        sbom: "false",
        opaque: [],
      },
      {
        platforms: ["linux/amd64", "linux/arm64"],
        tags: [],
        args: ["VERSION=1", "MODE=base"],
        cacheTo: ["type=registry,ref=ghcr.io/acme/cache:base,mode=max"],
        outputs: [],
        opaque: [],
      },
    ]);
    expect(placeOf(builds[0]?.cacheTo[0]?.span)).toBe("docker-bake.hcl:10:21");
  });

  it("takes variables from the environment, and overrides from --set", () => {
    const text = `
      variable "TAG" { default = "latest" }
      target "default" {
        tags = ["app:\${TAG}"]
        cache-from = ["type=gha"]
      }
    `;
    const set = [
      "*.platform=linux/arm64",
      "default.args.A=1",
      "d*.cache-from+=type=local,src=x",
      "other.tags=x",
    ];
    const environment = new Map([["TAG", textOfValue(new Unknown("github.sha", "run"))]]);
    expect(bake(text, { set: set.map(field), environment }).map(shown)).toMatchObject([
      {
        tags: ["app:\${{ github.sha }}"],
        platforms: ["linux/arm64"],
        args: ["A=1"],
        cacheFrom: ["type=gha", "type=local,src=x"],
      },
    ]);
  });

  it("makes a target of each row of a matrix", () => {
    const text = `
      target "app" {
        name = "app-\${tgt}-\${v}"
        matrix = { tgt = ["lint", "run"], v = ["1"] }
        target = tgt
        contexts = { base = "target:base" }
      }
      target "base" { tags = ["base"] }
    `;
    const builds = bake(text, { targets: [field("app")], push: true });
    expect(builds.map(({ target, push }) => [target?.value.text, push])).toEqual([
      ["lint", true],
      ["run", true],
      [undefined, false],
    ]);
  });

  it("reads files in JSON, and others in their order", () => {
    const files = {
      "a/bake.json": '{ "target": { "default": { "tags": ["a"], "args": { "X": "1" } } } }',
      "a/more.hcl": 'target "default" { tags = ["b"] }',
    };
    const run = { files: ["bake.json", "more.hcl"].map(field), folder: known("a") };
    expect(bake("", run, files).map(shown)).toMatchObject([{ tags: ["b"], args: ["X=1"] }]);
  });

  it("does not know what functions and loops give", () => {
    const text = `
      target "default" {
        tags = [for v in ["1", "2"]: "app:\${v}"]
        args = { DATE = timestamp(), NAME = basename("a/b"), FIRST = split(",", "a,b")[0] }
        dockerfile-inline = <<EOT
          FROM scratch
        EOT
      }
    `;
    const [build] = bake(text).map(shown);
    expect(build).toMatchObject({
      tags: ['${{ [for v in ["1", "2"]: "app:${v}"] }}'],
      args: [
        "DATE=${{ timestamp() }}",
        'NAME=${{ basename("a/b") }}',
        'FIRST=${{ split(",", "a,b")[0] }}',
      ],
    });
  });

  it("reads comments after values, and loops with texts in texts", () => {
    const text = `
      function "tags" {
        params = [
          suffix,  // such as -alpine
          more     # or none
        ]
        result = flatten([
          for name in ["a"] :
            # the "usual] ones
            ["\${name}:\${suffix != "" ? "\${suffix}]" : "latest"}"]
        ])
      }
      target "default" {
        args = {
          FIRST = 1 // with a comment
          HALF = 4 / 2 /* and
            another */
        }
      }
    `;
    expect(bake(text).map(shown)).toMatchObject([
      { args: ["FIRST=1", "HALF=${{ 4 / 2 }}"], opaque: [] },
    ]);
  });

  it("does not pass arguments that are null, also over those that are inherited", () => {
    const text = `
      variable "GO_VERSION" { default = null }
      target "base" { args = { GO_VERSION = "1.26", MODE = "a" } }
      target "default" {
        inherits = ["base"]
        args = { GO_VERSION = GO_VERSION }
      }
    `;
    expect(bake(text).map(shown)).toMatchObject([{ args: ["MODE=a"] }]);
  });

  it("gives --set to the targets that others inherit, too", () => {
    const text = `
      target "settings" { cache-from = ["type=registry,ref=acme/cache"] }
      target "default" { inherits = ["settings"] }
    `;
    const set = ["settings.cache-from+=type=gha,scope=a", "default.cache-to=type=gha,scope=a"];
    expect(bake(text, { set: set.map(field) }).map(shown)).toMatchObject([
      {
        cacheFrom: ["type=registry,ref=acme/cache", "type=gha,scope=a"],
        cacheTo: ["type=gha,scope=a"],
      },
    ]);
  });

  it("takes the platform local as the builder's own", () => {
    const text = 'target "default" { platforms = ["local"] }';
    expect(bake(text).map(shown)).toMatchObject([{ platforms: [] }]);
  });

  it("does not miss targets that a file may have that cannot be read", () => {
    const files = { "a.hcl": 'target "a" {}' };
    const builds = bake("", { files: ["a.hcl", "b.hcl"].map(field), targets: [field("b")] }, files);
    expect(builds.map(({ opaque }) => opaque)).toEqual([["the bake file b.hcl was not found"]]);
  });

  it.each([
    [{}, "", "no bake file was found"],
    [{ files: [field("x.hcl")] }, "", "the bake file x.hcl was not found"],
    [{}, "target {{{", "the bake file docker-bake.hcl could not be parsed"],
    [{ targets: [field("x")] }, 'target "a" {}', "the bake target x was not found"],
    [{}, 'group "default" { targets = ["default"] }', "the bake file has no targets"],
    [
      { files: [unknownField()] },
      "",
      "${{ steps.meta.outputs.bake-file }} is only known at run time",
    ],
  ])("%# says what it cannot tell", (run, text, why) => {
    const builds = bake(text, run);
    expect(builds.at(-1)?.opaque).toContain(why);
  });

  it.each([
    ['target "default" { inherits = ["default"] }'],
    ['group "default" { targets = ["a"] }\ngroup "a" { targets = ["default"] }'],
    ['variable "A" { default = B }\nvariable "B" { default = A }\ntarget "default" { tags = [A] }'],
    [`target "default" { tags = ${"[".repeat(5_000)} }`],
    [`target "default" { tags = ${"!".repeat(5_000)}x }`],
    ["a {".repeat(5_000)],
    [
      `target "default" { matrix = { ${"abcdefghij"
        .split("")
        .map((name) => `${name} = [1, 2, 3, 4, 5, 6, 7]`)
        .join(", ")} } }`,
    ],
  ])("is read in bounded time, %#", (text) => {
    expect(() => bake(text)).not.toThrow();
  });
});

const span = { file: sourceFile("ci.yml", "x"), start: 0, end: 1 };

function field(text: string): { readonly value: Text; readonly span: typeof span } {
  return { value: known(text), span };
}

function unknownField(): ReturnType<typeof field> {
  return { value: textOfValue(new Unknown("steps.meta.outputs.bake-file", "job")), span };
}

function bake(
  text: string,
  run: Partial<BakeRun> = {},
  more: Record<string, string> = {},
): readonly Build[] {
  const files: Record<string, string> = {
    ...(text === "" ? {} : { "docker-bake.hcl": text }),
    ...more,
  };
  const repository = {
    root: "/",
    files: new Set(Object.keys(files)),
    read: (path: string) => (files[path] === undefined ? undefined : sourceFile(path, files[path])),
  };
  const usual: BakeRun = {
    ...{ tool: "bake", span, folder: known("."), files: [], targets: [], set: [], opaque: [] },
    ...{
      environment: new Map(),
      push: false,
      noCache: false,
      provenance: undefined,
      sbom: undefined,
    },
  };
  return readBake({ ...usual, ...run }, repository);
}

function shown(build: Build): Readonly<Record<string, unknown>> {
  const texts = (fields: readonly { readonly value: Text }[]): readonly string[] =>
    fields.map(({ value }) => value.text);
  const all = {
    context: build.context?.value.text,
    dockerfile: build.dockerfile?.value.text,
    target: build.target?.value.text,
    platforms: texts(build.platforms),
    tags: texts(build.tags),
    args: build.buildArgs.map(({ name, value }) => `${name}=${value.text}`),
    cacheFrom: build.cacheFrom.length === 0 ? undefined : texts(build.cacheFrom),
    cacheTo: build.cacheTo.length === 0 ? undefined : texts(build.cacheTo),
    outputs: texts(build.outputs),
    provenance: build.provenance?.value.text,
    sbom: build.sbom?.value.text,
    opaque: build.opaque,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function placeOf(found: Span | undefined): string {
  if (found === undefined) return "";
  const { line, column } = found.file.placeOf(found.start);
  return `${found.file.path}:${line}:${column}`;
}
