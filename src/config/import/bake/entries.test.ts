import { basename, dirname, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { variantOf } from "../../../../test/support/configs.ts";
import { loadFiles, problemsOf } from "../../../../test/support/config-files.ts";
import type { BakeRequest } from "../read-imports.ts";

/** The output of buildx 0.29 for a bake file with a group and a matrix. */
const printed = {
  group: {
    app: { targets: ["app-11", "app-12"] },
    default: { targets: ["app", "tool"] },
  },
  target: {
    "app-11": {
      attest: [{ mode: "max", type: "provenance" }, { type: "sbom" }],
      context: "img",
      contexts: { alp: "docker-image://alpine", lib: "./lib", same: "cwd://lib" },
      dockerfile: "Dockerfile.app",
      args: { CUDA: "11", BRACES: "{name}" },
      labels: { a: "b {name}" },
      tags: ["acme/app:latest"],
      "cache-to": [{ type: "inline" }],
      target: "final",
      secret: [
        { id: "npm", env: "NPM_TOKEN" },
        { id: "k", src: "key.pem" },
      ],
      ssh: [{ id: "default" }, { id: "deploy", paths: ["/k"] }],
      platforms: ["linux/amd64", "linux/arm64"],
      output: [{ type: "registry" }],
      pull: true,
      network: "host",
      "shm-size": "64m",
      ulimits: ["nofile=1024:1024"],
      entitlements: ["network.host"],
      "extra-hosts": { a: "1.2.3.4", both: "10.0.0.8,10.0.0.9" },
    },
    "app-12": {
      context: "https://github.com/acme/app.git",
      dockerfile: "sub/Dockerfile",
      attest: ["type=provenance,disabled=true"],
      secret: ["id=npm,env=NPM_TOKEN"],
    },
    tool: { context: ".", dockerfile: "Dockerfile" },
  },
};

const files = {
  "sub/img/Dockerfile.app": "FROM scratch",
  "sub/Dockerfile": "FROM scratch",
  "sub/lib/x": "",
  "docker-bake.hcl": "",
};

const config = { ...files, "layerkeep.yml": "import: [{bake: docker-bake.hcl}]" };
const printing = (value: unknown) => ({ printBake: () => Promise.resolve(JSON.stringify(value)) });
const load = (value: unknown) => loadFiles(config, printing(value));

describe("an imported bake file", () => {
  it("yields a variant for each requested target, as bake would build it", async () => {
    const asked: BakeRequest[] = [];
    const { variants } = await loadFiles(
      {
        ...files,
        "layerkeep.yml":
          "vars: {T: v1}\nimport: [{bake: docker-bake.hcl, folder: sub, vars: {TAG: '${T}'}, name: 'b-{name}'}]",
      },
      {
        printBake: (request) => {
          asked.push(request);
          return Promise.resolve(JSON.stringify(printed));
        },
      },
    );
    const [{ file, folder, ...rest } = { file: "", folder: "" }] = asked;
    expect(asked).toHaveLength(1);
    expect([relative(dirname(file), folder), basename(file)]).toEqual(["sub", "docker-bake.hcl"]);
    expect(rest).toEqual({ targets: ["default"], vars: { TAG: "v1" } });
    expect(variants).toEqual([
      variantOf("b-app-11", {
        context: "sub/img",
        dockerfile: "sub/img/Dockerfile.app",
        target: "final",
        platforms: ["linux/amd64", "linux/arm64"],
        args: { CUDA: "11", BRACES: "{name}" },
        labels: { a: "b {name}" },
        contexts: { alp: "docker-image://alpine", lib: "sub/lib", same: "sub/lib" },
        secrets: ["id=npm,env=NPM_TOKEN", "id=k,src=sub/key.pem"],
        ssh: ["default", "deploy=/k"],
        network: "host",
        shmSize: "64m",
        ulimits: ["nofile=1024:1024"],
        allow: ["network.host"],
        addHosts: ["a:1.2.3.4", "both:10.0.0.8", "both:10.0.0.9"],
        sbom: true,
        provenance: "max",
        line: 2,
      }),
      variantOf("b-app-12", {
        context: "https://github.com/acme/app.git",
        dockerfile: "sub/Dockerfile",
        secrets: ["id=npm,env=NPM_TOKEN"],
        provenance: "false",
        line: 2,
      }),
      variantOf("b-tool", { context: "sub", dockerfile: "sub/Dockerfile", line: 2 }),
    ]);
  });

  it("takes an inline Dockerfile, beside which bake prints the default of dockerfile", async () => {
    const text = "FROM a\nRUN echo $${A} %%{b} {name}";
    const target = { dockerfile: "Dockerfile", "dockerfile-inline": text };
    const { variants } = await load({ target: { default: target } });
    expect(variants.map(({ dockerfileInline }) => dockerfileInline)).toEqual([
      "FROM a\nRUN echo ${A} %{b} {name}",
    ]);
  });

  const cases: readonly [string, unknown, readonly string[]][] = [
    [
      "a context that is a target without an image",
      {
        group: { default: { targets: ["default"] } },
        target: { default: { contexts: { b: "target:lint" } }, lint: { call: "check" } },
      },
      [
        '1:17: docker-bake.hcl, target default: the context b refers to the target lint, which builds no image (call = "check")',
      ],
    ],
    [
      "a context that is a broken target, which alone is reported",
      {
        group: { default: { targets: ["default"] } },
        target: { default: { contexts: { b: "target:c" } }, c: { network: "x" } },
      },
      ['1:17: docker-bake.hcl, target c: network must be default, none or host, not "x"'],
    ],
    [
      "targets that are contexts of each other",
      {
        target: {
          default: { contexts: { b: "target:b" } },
          b: { contexts: { d: "target:default" } },
        },
      },
      [
        "1:10: docker-bake.hcl, target b: variants depend on each other in a cycle: default → b → default (remove one of the contexts that form the cycle)",
      ],
    ],
    [
      "a policy",
      { target: { default: { policy: [{ Files: [{ Filename: "x.rego" }] }] } } },
      [
        "1:17: docker-bake.hcl, target default: policy is not supported, and a build without it would not be checked (remove the target from targets, or import a file without policies)",
      ],
    ],
    [
      "stages that must not be cached",
      { target: { default: { "no-cache-filter": ["apt"] } } },
      [
        "1:17: docker-bake.hcl, target default: no-cache-filter is not supported, because a leg is built only once for a given set of inputs (set refresh in the config to rerun steps at regular intervals)",
      ],
    ],
    [
      "a provenance mode that BuildKit does not know",
      { target: { default: { attest: ["type=provenance,mode=most"] } } },
      ['1:17: docker-bake.hcl, target default: the provenance mode must be min or max, not "most"'],
    ],
    [
      "only checks",
      { target: { default: { call: "check" } } },
      [
        "1:17: docker-bake.hcl has no target to build: none of the requested targets builds an image",
      ],
    ],
    [
      "a custom network",
      { target: { default: { network: "x" } } },
      ['1:17: docker-bake.hcl, target default: network must be default, none or host, not "x"'],
    ],
    [
      "an empty group",
      { group: { default: { targets: ["default"] } } },
      ["1:17: docker-bake.hcl has no target to build"],
    ],
    [
      "a Dockerfile outside the checkout",
      { target: { default: { dockerfile: "/etc/x" } } },
      [
        '1:10: docker-bake.hcl, target default: the path "/etc/x" is absolute (use a path relative to the config\'s folder, so that it works on every machine)',
      ],
    ],
  ];
  it.each(cases)("is rejected with %s", async (_, value, expected) => {
    const found = await problemsOf(config, printing(value));
    expect(found).toEqual(expected.map((line) => `layerkeep.yml:${line}`));
  });

  it("warns about what is not carried over, once for several targets", async () => {
    const { variants, warnings } = await load({
      group: { default: { targets: ["a", "b", "c", "lint"] } },
      target: {
        a: {
          annotations: ["index:a=b"],
          attest: [
            { type: "provenance", mode: "min", "builder-id": "https://ci", version: "v1" },
            { type: "sbom", generator: "acme/scanner:1" },
            { type: "other" },
          ],
          "no-cache": true,
          resources: { memory: "1g" },
          output: [{ type: "image", compression: "zstd", push: "true", name: "a/b" }],
          "new-key": "x",
        },
        b: {
          "no-cache": true,
          "no-cache-filter": [],
          output: [{ type: "local", dest: "out" }],
          call: "build",
        },
        c: { "no-cache": false, output: ["type=docker", "type=oci,dest=x.tar"], policy: [] },
        lint: { call: "check,format=json" },
      },
    });
    expect(variants.map(({ name, provenance, sbom }) => [name, provenance, sbom])).toEqual([
      ["a", "min", { generator: "acme/scanner:1" }],
      ["b", "auto", false],
      ["c", "auto", false],
    ]);
    const a = "docker-bake.hcl, target a";
    expect(warnings).toEqual([
      `${a}: not imported: attest type=provenance,builder-id=https://ci`,
      `${a}: not imported: attest type=provenance,version=v1`,
      `${a}: not imported: attest type=other`,
      `${a}: not imported: annotations (set index annotations under publish)`,
      `${a} (and 1 more): not imported: no-cache (use --cold to build without caches)`,
      `${a}: not imported: resources (set limits on the builder instead)`,
      `${a}: not imported: output compression=zstd`,
      `${a}: not imported: new-key (this version of Layerkeep does not support it)`,
      "docker-bake.hcl, target b: not imported: output type=local (the target is built as an image; to skip it, remove it from targets)",
      'docker-bake.hcl, target lint: skipped the target, because call = "check,format=json" builds no image',
    ]);
  });

  it("imports a target outside any group", async () => {
    const target = { a: {}, b: {}, c: {} };
    const { variants, warnings } = await load({ group: { default: { targets: ["b"] } }, target });
    expect(variants.map(({ name }) => name)).toEqual(["b", "a", "c"]);
    expect(warnings).toEqual([]);
  });

  it("takes a context that is another target from the variant that the target becomes", async () => {
    const both = ["linux/amd64", "linux/arm64"];
    const target = {
      app: { platforms: both, contexts: { base: "target:base", lib: "target:lib", alp: "./lib" } },
      base: { platforms: both, contexts: { tool: "target:tool" } },
      lib: { contexts: { base: "target:base" } },
      tool: { platforms: ["linux/arm64"] },
    };
    const { variants, warnings } = await loadFiles(
      {
        ...files,
        "lib/x": "",
        "layerkeep.yml": "import: [{bake: docker-bake.hcl, name: 'b-{name}'}]",
      },
      printing({ group: { default: { targets: ["app", "lib"] } }, target }),
    );
    expect(variants).toEqual([
      variantOf("b-app", {
        platforms: both,
        // One image serves both platforms, as in bake.
        contexts: { base: "variant:b-base", lib: "variant:b-lib/linux/amd64", alp: "lib" },
      }),
      variantOf("b-lib", { contexts: { base: "variant:b-base" } }),
      variantOf("b-base", {
        platforms: both,
        contexts: { tool: "variant:b-tool/linux/arm64" },
      }),
      variantOf("b-tool", { platforms: ["linux/arm64"] }),
    ]);
    expect(warnings).toEqual([]);
  });

  it("does not publish a target that bake builds only for others", async () => {
    const target = { app: { contexts: { base: "target:base" } }, base: {} };
    const { variants } = await loadFiles(
      { ...config, "layerkeep.yml": `${config["layerkeep.yml"]}\npublish: ghcr.io/acme/{name}` },
      printing({ group: { default: { targets: ["app"] } }, target }),
    );
    expect(variants.map(({ name, publish }) => [name, publish.length])).toEqual([
      ["app", 1],
      ["base", 0],
    ]);
  });

  it("is rejected if bake prints something else, or if names are invalid", async () => {
    const found = await problemsOf(
      {
        ...files,
        "layerkeep.yml":
          "import: [{bake: docker-bake.hcl, targets: ['-x', ok], vars: {PATH: x, a-b: c}}, {bake: none.hcl}, {bake: docker-bake.hcl, folder: no}, {bake: c.yaml}]",
      },
      { printBake: () => Promise.resolve("Usage: bake") },
    );
    expect(found).toEqual([
      "layerkeep.yml:1:17: docker-bake.hcl: bake did not print valid JSON for docker-bake.hcl",
      'layerkeep.yml:1:44: "-x" is not a valid target name',
      "layerkeep.yml:1:62: PATH is a buildx setting, not a bake file variable",
      'layerkeep.yml:1:71: "a-b" is not a valid variable name',
      "layerkeep.yml:1:88: none.hcl: cannot be read: no such file",
      'layerkeep.yml:1:106: docker-bake.hcl: cannot run bake in the folder "no", which does not exist',
      "layerkeep.yml:1:143: c.yaml: a Compose file cannot be imported as a bake file: bake would also read the environment and .env (use compose: c.yaml instead of bake:)",
    ]);
  });
});
