import { describe, expect, it } from "vitest";
import { variantOf } from "../../../../test/support/configs.ts";
import { loadFiles, problemsOf } from "../../../../test/support/config-files.ts";

const compose = `
x-common: &common
  labels: [a=b, c]
services:
  api:
    image: acme/api
    platform: linux/arm64
    build:
      <<: *common
      context: ./api
      dockerfile: docker/api.Dockerfile
      args:
        VERSION: 1.10
        TAG: \${TAG:-latest}-$$x
        TOKEN_NAME:
      target: final
      additional_contexts:
        - lib=../lib
        - base=docker-image://alpine:3
      secrets:
        - npm
        - {source: key, target: ssh-key}
      ssh: {default: , deploy: ./deploy.pem}
      network: host
      shm_size: 64m
      ulimits: {nproc: 100, nofile: {soft: 1024, hard: 2048}}
      extra_hosts: {db: 10.0.0.7, both: [10.0.0.8, 10.0.0.9]}
      privileged: true
      provenance: mode=max
      sbom: true
      cache_from: [x]
      tags: [y]
  web:
    build: ../web
  db:
    image: postgres
  plain:
    build:
      platforms: [linux/amd64, linux/arm64]
      args: [A=b=c, "D=\${TAG:?}", TOKEN_NAME]
      extra_hosts: ["db=10.0.0.7"]
secrets:
  npm: {environment: NPM_TOKEN}
  key: {file: './a,b.pem'}
`;

const files = {
  "deploy/compose.yml": compose,
  "deploy/api/docker/api.Dockerfile": "FROM scratch",
  "deploy/Dockerfile": "FROM scratch",
  "web/Dockerfile": "FROM scratch",
  "lib/x": "",
};

describe("an imported Compose file", () => {
  it("yields a variant for each service that has a build, as Compose would build it", async () => {
    const { variants } = await loadFiles(
      {
        ...files,
        "layerkeep.yml":
          "vars: {TAG: v1, TOKEN_NAME: t}\ndefaults: {args: {ALL: '{name}'}}\nimport:\n- compose: deploy/compose.yml",
      },
      { vars: { TAG: "v2" } },
    );
    expect(variants).toEqual([
      variantOf("api", {
        context: "deploy/api",
        dockerfile: "deploy/api/docker/api.Dockerfile",
        platforms: ["linux/arm64"],
        target: "final",
        args: { ALL: "api", VERSION: "1.10", TAG: "v2-$x", TOKEN_NAME: "t" },
        labels: { a: "b", c: "" },
        contexts: { lib: "lib", base: "docker-image://alpine:3" },
        secrets: ["id=npm,env=NPM_TOKEN", 'id=ssh-key,"src=deploy/a,b.pem"'],
        ssh: ["default", "deploy=deploy/deploy.pem"],
        network: "host",
        shmSize: "64m",
        ulimits: ["nproc=100", "nofile=1024:2048"],
        addHosts: ["db:10.0.0.7", "both:10.0.0.8", "both:10.0.0.9"],
        allow: ["security.insecure"],
        provenance: "max",
        sbom: true,
        line: 4,
      }),
      variantOf("web", {
        context: "web",
        dockerfile: "web/Dockerfile",
        args: { ALL: "web" },
        line: 4,
      }),
      variantOf("plain", {
        context: "deploy",
        dockerfile: "deploy/Dockerfile",
        platforms: ["linux/amd64", "linux/arm64"],
        args: { ALL: "plain", A: "b=c", D: "v2", TOKEN_NAME: "t" },
        addHosts: ["db=10.0.0.7"],
        line: 4,
      }),
    ]);
  });

  it("yields only the listed services, under the given names", async () => {
    const { variants } = await loadFiles({
      ...files,
      "layerkeep.yml":
        "import: [{compose: deploy/compose.yml, services: [web], name: 'x-{name}'}]\n",
    });
    expect(variants).toEqual([
      variantOf("x-web", { context: "web", dockerfile: "web/Dockerfile" }),
    ]);
  });
});

it("gives its variants the cache that the import has", async () => {
  const config = "defaults: {cache: {mode: min}}\nimport:\n  - {compose: c.yml, cache: false}\n";
  const { variants } = await loadFiles({
    "c.yml": "services: {a: {build: .}}\n",
    "layerkeep.yml": `${config}variants: {b: }\n`,
  });
  expect(variants.map(({ name, cache }) => [name, cache?.used])).toEqual([
    ["b", true],
    ["a", false],
  ]);
});

it("takes a context that is another service from the variant that the service becomes", async () => {
  const { variants, warnings } = await loadFiles({
    "compose.yml": `services:
  app:
    build:
      platforms: [linux/amd64, linux/arm64]
      additional_contexts: ["base=service:base", "\${OTHER}=service:tool"]
      x-bake: {contexts: {b: "target:base"}}
  base: {build: {platforms: [linux/amd64, linux/arm64]}}
  tool: {platform: linux/amd64, build: .}
`,
    "layerkeep.yml": "vars: {OTHER: t}\nimport: [{compose: compose.yml, name: 'c-{name}'}]",
  });
  const line = 2;
  const platforms = ["linux/amd64", "linux/arm64"];
  expect(variants).toEqual([
    variantOf("c-app", {
      platforms,
      contexts: {
        b: "variant:c-base",
        base: "variant:c-base",
        t: "variant:c-tool/linux/amd64",
      },
      line,
    }),
    variantOf("c-base", { platforms, line }),
    variantOf("c-tool", { line }),
  ]);
  expect(warnings).toEqual([]);
});

it("refuses services that are contexts of each other", async () => {
  const found = await problemsOf({
    "c.yml":
      "services:\n  a: {build: {additional_contexts: {b: 'service:b'}}}\n  b: {build: {additional_contexts: {a: 'service:a'}}}",
    "layerkeep.yml": "import: [{compose: c.yml}]",
  });
  expect(found).toEqual([
    "layerkeep.yml:1:10: c.yml:3: variants depend on each other in a cycle: a → b → a (remove one of the contexts that form the cycle)",
  ]);
});

describe("an extension in a Compose file", () => {
  const load = (build: string, more = "") =>
    loadFiles({
      "deploy/compose.yml": `services:\n  a:\n    platform: linux/s390x\n    build:\n${build}${more}`,
      "deploy/Dockerfile": "FROM scratch",
      "deploy/lib/x": "",
      "layerkeep.yml": "vars: {V: v}\nimport:\n- compose: deploy/compose.yml",
    });

  it("is read from x-bake, besides the build itself", async () => {
    const { variants, warnings } = await load(
      `      platforms: [linux/amd64]
      secrets: [npm]
      ssh: [default, k=./old]
      additional_contexts: {lib: ./lib}
      tags: [x]
      x-bake:
        platforms: linux/amd64 linux/arm64
        secret:
          - id=npm,src=./npm-\${V}
          - type=env,id=other,env=OTHER
        ssh: [k=/run/k.pem, "two=a,b"]
        contexts: {lib: ./ignored, base: docker-image://alpine}
        tags: [y]
        cache-from: [z]
        cache-to: [z]
        pull: true
        no-cache: false
        output: type=docker
`,
      "secrets: {npm: {environment: NPM}}\n",
    );
    expect(variants).toEqual([
      variantOf("a", {
        context: "deploy",
        dockerfile: "deploy/Dockerfile",
        platforms: ["linux/amd64", "linux/arm64"],
        secrets: ["id=npm,src=deploy/npm-v", "type=env,id=other,env=OTHER"],
        ssh: ["default", "k=/run/k.pem", "two=deploy/a,deploy/b"],
        contexts: { lib: "deploy/lib", base: "docker-image://alpine" },
        line: 3,
      }),
    ]);
    expect(warnings).toEqual([]);
  });

  it("causes a warning if a variant cannot express it", async () => {
    const { variants, warnings } = await load(`      no_cache: true
      provenance: mode=min,builder-id=https://ci
      sbom: generator=acme/scanner:1
      x-bake: {no-cache: true, output: [type=local, "type=cacheonly"]}
`);
    expect(variants.map(({ provenance, sbom }) => [provenance, sbom])).toEqual([
      ["min", { generator: "acme/scanner:1" }],
    ]);
    expect(warnings).toEqual([
      "deploy/compose.yml:5: not imported: no_cache (use --cold to build without caches)",
      "deploy/compose.yml:8: not imported: no-cache (use --cold to build without caches)",
      "deploy/compose.yml:8: not imported: output type=local and type=cacheonly (the target is built as an image; to skip it, remove it from targets)",
      "deploy/compose.yml:6: not imported: attest type=provenance,builder-id=https://ci",
    ]);
  });

  it("is provenance with the mode max if no mode is given, as in BuildKit", async () => {
    const { variants } = await load("      provenance: true\n      sbom: '0'\n");
    expect(variants.map(({ provenance, sbom }) => [provenance, sbom])).toEqual([["max", false]]);
  });
});

it("an inline Dockerfile of a Compose file is the variant's", async () => {
  const { variants } = await loadFiles({
    "c.yml":
      "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM alpine:${V:-3}\n        RUN echo $$A {name}\n",
    "layerkeep.yml": "defaults: {dockerfile: D}\nimport: [{compose: c.yml}]",
  });
  expect(variants.map((variant) => variant.dockerfileInline)).toEqual([
    "FROM alpine:3\nRUN echo $A {name}\n",
  ]);
});

describe("an argument without a value in an imported Compose file", () => {
  const given = (args: string) => ({
    "c.yml": `services:\n  a:\n    build:\n      args: ${args}`,
    Dockerfile: "FROM scratch",
    "layerkeep.yml": "vars: {GIVEN: g, LATER: }\nimport: [{compose: c.yml}]",
  });

  it.each(["{A: a, FOO: , GIVEN: }", "[A=a, FOO, GIVEN]"])(
    "comes from vars, or is left out: %s",
    async (args) => {
      const { variants, warnings } = await loadFiles(given(args));
      expect(variants.map((variant) => variant.args)).toEqual([{ A: "a", GIVEN: "g" }]);
      expect(warnings).toEqual([
        "c.yml:4: not imported: FOO, which has no value (set it under vars in the config: Layerkeep does not read build arguments from the environment)",
      ]);
    },
  );

  it("must be given if vars declares it", async () => {
    expect(await problemsOf(given("{LATER: }"))).toEqual([
      "layerkeep.yml:2:20: c.yml:4:7: LATER has no value (pass --var LATER=…, set LAYERKEEP_VAR_LATER, or set it under vars)",
    ]);
  });
});

describe("an error in an imported Compose file", () => {
  const cases: readonly [string, string, string, readonly string[]][] = [
    [
      "is an inline Dockerfile beside a file",
      "services:\n  a:\n    build:\n      dockerfile: Dockerfile\n      dockerfile_inline: FROM x",
      "",
      ["c.yml:5:7: dockerfile and dockerfile_inline are both set (keep one of them)"],
    ],
    [
      "is a variable that the config does not declare",
      "services:\n  a:\n    build:\n      args: {A: $B, C: '${D:?say D}', E: '${F'}",
      "",
      [
        "c.yml:4:14: B has no value (set it under vars in the config: Layerkeep does not read the environment or .env)",
        "c.yml:4:21: D has no value: say D",
        'c.yml:4:39: "${F" contains a ${ that does not start a variable (close each brace, or use $$ for a literal $)',
      ],
    ],
    [
      "is an unknown key",
      "services:\n  a:\n    build:\n      contex: x",
      "",
      ['c.yml:4:7: unknown key "contex" in build (did you mean "context"?)'],
    ],
    [
      "is an unsupported key in x-bake",
      "services:\n  a:\n    build:\n      no_cache_filter: [x]\n      x-bake:\n        no-cache-filter: x\n        platform: y\n        contexts: {b: 'target:c', d: []}\n        ssh: {}\n  b: {build: {x-bake: [], provenance: mode=x}}",
      "",
      [
        "c.yml:4:7: no_cache_filter is not supported, because a leg is built only once for a given set of inputs (set refresh in the config to rerun steps at regular intervals)",
        "c.yml:6:9: no-cache-filter is not supported, because a leg is built only once for a given set of inputs (set refresh in the config to rerun steps at regular intervals)",
        'c.yml:7:9: unknown key "platform" in x-bake (did you mean "platforms"?)',
        "c.yml:8:35: d must be a string",
        'c.yml:3:5: the context b refers to the service "c", which does not exist (did you mean "b"?)',
        "c.yml:9:9: ssh must be a list",
        "c.yml:10:15: x-bake must be a map",
        'c.yml:10:7: the provenance mode must be min or max, not "x"',
      ],
    ],
    [
      "is a context that is no other service with a build",
      "services:\n  a:\n    build:\n      additional_contexts:\n        a: service:a\n        b: service:aip\n        c: service:db\n        d: service:old\n        e:\n  api: {build: .}\n  db: {image: 'postgres:17'}\n  old: {build: }",
      "",
      [
        "c.yml:5:9: the context a refers to its own service (remove it, or refer to another service)",
        'c.yml:6:9: the context b refers to the service "aip", which does not exist (did you mean "api"?)',
        "c.yml:7:9: the context c refers to the service db, which has no build section (use its image instead: docker-image://postgres:17)",
        "c.yml:8:9: the context d refers to the service old, which has no build section (use its image instead: docker-image://IMAGE)",
        "c.yml:9:9: the context e has no value (set a folder, an address such as docker-image://alpine, or service:NAME)",
        "c.yml:12:3: this service has no build",
      ],
    ],
    [
      "is a context that is a service which is not imported",
      "services:\n  a: {build: {additional_contexts: {b: 'service:b'}}}\n  b: {build: .}",
      ", services: [a]",
      [
        "c.yml:2:37: the context b refers to the service b, which is not imported (add b to the services of this import)",
      ],
    ],
    [
      "is a secret by value, or a missing one",
      "services:\n  a:\n    build:\n      secrets: [b, c]\nsecrets: {b: {content: x}}",
      "",
      [
        "c.yml:4:17: the secret b has no file or environment",
        "c.yml:4:20: the secret c is not declared under secrets",
      ],
    ],
    [
      "is a value of the wrong kind",
      "services:\n  a:\n    build:\n      context: [x]\n      args: {A: {}}\n      network: mine\n      ulimits: {x: []}\n      platforms: linux/amd64\n      isolation: process",
      "",
      [
        "c.yml:9:7: only the default isolation is supported",
        "c.yml:4:7: context must be a string",
        "c.yml:5:14: A must be a string",
        'c.yml:6:7: network is "mine"; expected one of default, none, host',
        "c.yml:7:17: a ulimit must be a number, or a map with soft and hard",
        "c.yml:8:7: platforms must be a list",
      ],
    ],
    [
      "is a file without a build",
      "services: {a: {image: x}}",
      "",
      ["no service in c.yml has a build section"],
    ],
    ["is a file without services", "a: b", "", ["c.yml has no services"]],
  ];
  it.each(cases)("%s", async (_, text, more, expected) => {
    const found = await problemsOf({
      "c.yml": text,
      "layerkeep.yml": `import: [{compose: c.yml${more}}]`,
    });
    expect(found.sort()).toEqual(expected.map((line) => `layerkeep.yml:1:20: ${line}`).sort());
  });

  it("is a file without services, beside another one whose YAML is wrong", async () => {
    const found = await problemsOf({
      "a.yml": "services: [",
      "b.yml": "a: b",
      "layerkeep.yml": "import: [{compose: a.yml}, {compose: b.yml}]",
    });
    expect(found).toEqual([
      expect.stringMatching(/^layerkeep\.yml:1:20: a\.yml:1:\d+: /),
      "layerkeep.yml:1:38: b.yml has no services",
    ]);
  });

  it("is a missing service, or one without a build", async () => {
    const found = await problemsOf({
      "c.yml": "services: {web: {image: x}}",
      "layerkeep.yml": "import: [{compose: c.yml, services: [wbe, web]}]",
    });
    expect(found).toEqual([
      "layerkeep.yml:1:20: c.yml:1:12: this service has no build",
      'layerkeep.yml:1:38: c.yml has no service "wbe" (did you mean "web"?)',
    ]);
  });

  it("is a build's value, reported at its service", async () => {
    const found = await problemsOf({
      "c.yml": "services:\n  a: {build: {platforms: [x]}}\n  'b c': {build: .}",
      "layerkeep.yml": "import: [{compose: c.yml}]",
    });
    expect(found).toEqual([
      'layerkeep.yml:1:10: c.yml:2: "x" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
      'layerkeep.yml:1:10: c.yml:3: the variant name "b c" cannot be used in a tag (use only letters, digits, _, . and -; the first character cannot be . or -)',
    ]);
  });
});
