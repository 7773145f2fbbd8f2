import { describe, expect, it } from "vitest";
import { variantOf } from "../../../test/support/configs.ts";
import { loadFiles, problemsOf } from "../../../test/support/config-files.ts";

/** In the format of a large project's CI matrix. */
const matrix = `---
# What is built, and for whom.
include:
  - build-type: ''
    platforms: 'linux/amd64'
    platform-tag: 'amd64'
    tag-suffix: '-cpu-llama'
    builder-base-image: 'quay.io/acme/grpc:amd64'
    runs-on: 'ubuntu-latest'
    base-image: "ubuntu:24.04"
    backend: "llama"
    dockerfile: "./backend/Dockerfile.llama"
    context: "./"
    version: 1.10
  - build-type: 'cublas'
    platforms: 'linux/amd64'
    tag-suffix: '-gpu-cuda-12-vllm'
    runs-on: 'bigger-runner'
    base-image: "ubuntu:24.04"
    backend: "vllm"
    dockerfile: "./backend/Dockerfile.python"
    context: "./"
    version: 1.10
  - build-type: ''
    platforms: 'linux/arm64'
    platform-tag: 'arm64'
    tag-suffix: '-cpu-llama'
    builder-base-image: 'quay.io/acme/grpc:arm64'
    runs-on: 'ubuntu-24.04-arm'
    base-image: "ubuntu:24.04"
    backend: "llama"
    dockerfile: "./backend/Dockerfile.llama"
    context: "./"
    version: 1.10
includeDarwin:
  - {backend: llama, tag-suffix: -metal-llama}
`;

const mapping = `
import:
  - matrix: .github/matrix.yml
    name: "{tag-suffix}"
    dockerfile: "{dockerfile}"
    context: "{context}"
    platforms: "{platforms}"
    runner: "{runs-on}"
    args:
      BUILD_TYPE: "{build-type}"
      BASE_IMAGE: "{base-image}"
      BUILDER: "{builder-base-image}"
      BUILDER_TARGET: "{builder-base-image:+prebuilt}"
      KIND: "{builder-base-image:-none}"
      BACKEND: "{backend}"
      VERSION: "v{version}"
`;

const files = {
  ".github/matrix.yml": matrix,
  "backend/Dockerfile.llama": "FROM scratch",
  "backend/Dockerfile.python": "FROM scratch",
};

const llama = variantOf("cpu-llama", {
  dockerfile: "backend/Dockerfile.llama",
  platforms: ["linux/amd64", "linux/arm64"],
  args: {
    BUILD_TYPE: "",
    BASE_IMAGE: "ubuntu:24.04",
    BUILDER_TARGET: "prebuilt",
    BACKEND: "llama",
    VERSION: "v1.10",
  },
  platformArgs: {
    "linux/amd64": { BUILDER: "quay.io/acme/grpc:amd64", KIND: "quay.io/acme/grpc:amd64" },
    "linux/arm64": { BUILDER: "quay.io/acme/grpc:arm64", KIND: "quay.io/acme/grpc:arm64" },
  },
  runners: { "linux/amd64": "ubuntu-latest", "linux/arm64": "ubuntu-24.04-arm" },
  line: 3,
});

const vllm = variantOf("gpu-cuda-12-vllm", {
  dockerfile: "backend/Dockerfile.python",
  args: {
    BUILD_TYPE: "cublas",
    BASE_IMAGE: "ubuntu:24.04",
    KIND: "none",
    BACKEND: "vllm",
    VERSION: "v1.10",
  },
  runners: { "linux/amd64": "bigger-runner" },
  line: 3,
});

describe("an imported matrix", () => {
  it("gives platform-args to the entries that are built for the platform", async () => {
    const files = (platform: string) => ({
      "m.yml":
        "include:\n- {n: a, p: linux/amd64}\n- {n: a, p: linux/arm64}\n- {n: b, p: linux/amd64}\n",
      "layerkeep.yml": `import:
  - {matrix: m.yml, name: "{n}", platforms: "{p}", platform-args: {${platform}: {FOR: "{n}"}}}
`,
    });
    const { variants } = await loadFiles(files("linux/arm64"));
    expect(variants.map(({ name, platformArgs }) => [name, platformArgs])).toEqual([
      ["a", { "linux/arm64": { FOR: "a" } }],
      ["b", {}],
    ]);
    expect(await problemsOf(files("linux/s390x"))).toEqual([
      "layerkeep.yml:2:68: none of its variants is built for linux/s390x (use one of their platforms: linux/amd64, linux/arm64)",
    ]);
  });

  it("fills names of contexts; one that an entry has no field for is left out", async () => {
    const files = (contexts: string) => ({
      "m.yml": "include:\n- {n: a, base: r.io/b, base-variant: c}\n- {n: c, base: ''}\n- {n: d}\n",
      "layerkeep.yml": `defaults: {contexts: {"r.io/{n}": "variant:c"}}
import:
  - {matrix: m.yml, name: "{n}", contexts: ${contexts}}
`,
    });
    const { variants } = await loadFiles(files('{"{base}": "variant:{base-variant}"}'));
    expect(variants.map(({ name, contexts }) => [name, contexts])).toEqual([
      ["a", { "r.io/a": "variant:c", "r.io/b": "variant:c" }],
      ["c", {}],
      ["d", { "r.io/d": "variant:c" }],
    ]);
    expect(await problemsOf(files('{"{base}": ".", "r.io/b": ./.}'))).toEqual([
      "layerkeep.yml:3:70: m.yml:2: the context r.io/b is defined twice (use each name only once)",
    ]);
    expect(await problemsOf(files('{"{bases}": "."}'))).toEqual([
      'layerkeep.yml:3:56: no entry in m.yml has the field {bases} (did you mean "base"?)',
    ]);
  });

  it("becomes variants: entries with one name are one variant with several platforms", async () => {
    const { variants } = await loadFiles({ ...files, "layerkeep.yml": mapping });
    expect(variants).toEqual([llama, vllm]);
  });

  it("is combined with variants in the config, and inherits as they do", async () => {
    const { variants } = await loadFiles({
      ...files,
      "layerkeep.yml": `defaults: {platforms: [linux/arm64], args: {ALL: "{name} {backend} {x}"}, target: t}
import:
  - matrix: .github/matrix.yml
    at: includeDarwin
    name: "{tag-suffix}"
    args: {NAME: "{name}"}
variants: {app: }
`,
    });
    const inherited = { platforms: ["linux/arm64"], target: "t" };
    expect(variants).toEqual([
      variantOf("app", { ...inherited, args: { ALL: "app {backend} {x}" }, line: 7 }),
      variantOf("metal-llama", {
        ...inherited,
        args: { ALL: "metal-llama llama {x}", NAME: "metal-llama" },
        line: 3,
      }),
    ]);
  });

  it("adds arguments by each entry's runner, and refuses a pattern that no entry's runner matches", async () => {
    const config = (pattern: string) => `import:
  - matrix: ci.json
    name: "{name}"
    platforms: "{on}"
    runner: "{runner}"
    runner-args: {"${pattern}": {MIRROR: "{mirror}"}}
variants: {app: }
`;
    const include = [
      { name: "a", on: "linux/amd64", runner: "ubuntu-latest", mirror: "azure" },
      { name: "a", on: "linux/arm64", runner: "ubuntu-24.04-arm", mirror: "ports" },
      { name: "b", on: "linux/amd64", runner: "self-hosted" },
    ];
    const ci = JSON.stringify({ include });
    const { variants } = await loadFiles({
      ...{ "ci.json": ci, "layerkeep.yml": config("ubuntu-*") },
    });
    expect(variants.map(({ name, platformArgs }) => [name, platformArgs])).toEqual([
      ["app", {}],
      ["a", { "linux/amd64": { MIRROR: "azure" }, "linux/arm64": { MIRROR: "ports" } }],
      ["b", {}],
    ]);
    await expect(
      loadFiles({ "ci.json": ci, "layerkeep.yml": config("windows-*") }),
    ).rejects.toThrow(
      'layerkeep.yml:6:19: no leg has a runner that matches "windows-*" (the legs run on ubuntu-latest, ubuntu-24.04-arm, self-hosted)',
    );
  });

  it("takes the default of a field that no entry has", async () => {
    const { variants } = await loadFiles({
      "m.yml": "include: [{n: a}]",
      Dockerfile: "FROM scratch",
      "layerkeep.yml": `import:
  - matrix: m.yml
    name: "{n}{variant:-}"
    dockerfile: "{file:-Dockerfile}"
    platforms: "{on:-linux/arm64}"
    runner: "{runner:-arm}"
    args: {KIND: "{kind:-none}"}
    publish: {repository: "a/{repository:-b}", tags: ["type=raw,value={tag:-t}"]}
`,
    });
    expect(variants).toMatchObject([
      {
        name: "a",
        dockerfile: "Dockerfile",
        args: { KIND: "none" },
        runners: { "linux/arm64": "arm" },
        publish: [{ repository: "docker.io/a/b", tags: [{ value: "t" }] }],
      },
    ]);
  });

  it("may be JSON or a workflow, with lists, and with entries that are filtered", async () => {
    const entries = [
      { name: "a", on: ["linux/amd64", "linux/arm64"], kind: "x" },
      { name: "", on: ["linux/arm64"], kind: "y", extra: 1 },
      { name: "c", on: [], kind: "z" },
    ];
    const { variants } = await loadFiles({
      "ci.json": JSON.stringify({ jobs: { build: { strategy: { include: entries } } } }),
      "layerkeep.yml": `import:
  - matrix: ci.json
    at: jobs.build.strategy.include
    where: {kind: [x, y], extra: ""}
    name: "{name}"
    platforms: "{on}"
  - {matrix: ci.json, at: jobs.build.strategy.include, where: {extra: 1}, suffix: "{name}", platforms: ["{on}"]}
`,
    });
    expect(variants).toEqual([
      variantOf("a", { platforms: ["linux/amd64", "linux/arm64"], line: 2 }),
      variantOf("core", { platforms: ["linux/arm64"], line: 7 }),
    ]);
  });

  it("leaves strings in entries as they are", async () => {
    const { variants } = await loadFiles({
      "m.yml": "include: [{n: a, x: '{n} ${HOME} {name}'}]",
      "layerkeep.yml":
        'import: [{matrix: m.yml, name: "{n}", args: {X: "{x}", Y: "{{n}}"}, labels: {l: "${V}"}}]\nvars: {V: "{n}"}',
    });
    expect(variants).toEqual([
      variantOf("a", {
        args: { X: "{n} ${HOME} {name}", Y: "{{n}}" },
        labels: { l: "a" },
      }),
    ]);
  });
});

describe("an error in an imported matrix", () => {
  const m = (entries: string, more = "", name = '"{n}"'): Readonly<Record<string, string>> => ({
    "m.yml": entries,
    "layerkeep.yml": `import:\n  - matrix: m.yml\n    name: ${name}\n${more}`,
  });
  const cases: readonly [string, Readonly<Record<string, string>>, readonly string[]][] = [
    [
      "is reported at the mapping, with the entry's line",
      m("include:\n- {n: a, p: x}\n- {n: b, p: x}\n- {n: c, p: y}", '    platforms: "{p}"'),
      [
        'layerkeep.yml:4:16: m.yml:2 (and 1 more): "x" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
        'layerkeep.yml:4:16: m.yml:4: "y" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
      ],
    ],
    [
      "is reported for ten entries, with the number of the others",
      m(`include: [${Array.from({ length: 13 }, (_, i) => `{n: 'a ${i}'}`).join(", ")}]`),
      [
        ...Array.from(
          { length: 10 },
          (_, i) =>
            `layerkeep.yml:3:11: m.yml:1: the variant name "a ${i}" cannot be used in a tag (use only letters, digits, _, . and -; the first character cannot be . or -)`,
        ),
        "layerkeep.yml: and 3 more",
      ],
    ],
    [
      "is a field that no entry has",
      m("include: [{n: a, tag-suffix: b}]", '    args: {A: "{tag_suffix}"}\n    where: {m: b}'),
      [
        'layerkeep.yml:4:15: no entry in m.yml has the field {tag_suffix} (did you mean "tag-suffix"?)',
        'layerkeep.yml:5:13: no entry in m.yml has the field m (did you mean "n"?)',
      ],
    ],
    [
      "is a field that no entry has, with a default in one text and without in another",
      m("include: [{n: a}]", '    args: {A: "{x:-y}", B: "{x}", C: "{x:+y}", D: "{x:-y}{x}"}'),
      [
        'layerkeep.yml:4:28: no entry in m.yml has the field {x} (did you mean "n"?)',
        'layerkeep.yml:4:38: no entry in m.yml has the field {x} (did you mean "n"?)',
        'layerkeep.yml:4:51: no entry in m.yml has the field {x} (did you mean "n"?)',
      ],
    ],
    [
      "is a field that one entry does not have",
      m("include:\n- {n: a, d: Dockerfile}\n- {n: b}\n- {d: x}", '    dockerfile: "{d}"'),
      [
        "layerkeep.yml:3:11: m.yml:4: this entry has no n (use {n:-TEXT} to set a default)",
        "layerkeep.yml:4:17: m.yml:3: this entry has no d (use {d:-TEXT} to set a default)",
      ],
    ],
    [
      "is a field that is a map",
      m("include: [{n: a, d: {x: y}}]", '    target: "{d}"'),
      ["layerkeep.yml:4:13: d is a map in m.yml, not a string"],
    ],
    [
      "is the same leg twice",
      m("include:\n- {n: a}\n- {n: b}\n- {n: a}"),
      [
        "layerkeep.yml:3:11: m.yml:4: the leg a/linux/amd64 is defined twice (also defined at m.yml:2; entries with the same name need different platforms)",
      ],
    ],
    [
      "is one name with different Dockerfiles",
      {
        ...m(
          "include:\n- {n: a, d: x, p: linux/amd64}\n- {n: a, d: y, p: linux/arm64}",
          '    platforms: "{p}"\n    dockerfile: "{d}"\n',
        ),
        x: "FROM scratch",
        y: "FROM scratch",
      },
      [
        'layerkeep.yml:5:17: m.yml:3: "a" has a different dockerfile than at m.yml:2: "y", not "x" (entries with the same name form one variant: only platform, args and runner can differ)',
      ],
    ],
    [
      "is a name that a variant already has",
      m("include:\n- {n: a}", "variants: {a: }"),
      [
        'layerkeep.yml:2:5: m.yml:2: the variant "a" is defined twice (it is also defined on line 4)',
      ],
    ],
    [
      "is two imports with one suffix",
      {
        ...m(
          "include:\n- {n: a}",
          '    suffix: -x\n  - {matrix: m.yml, name: "b{n}", suffix: -x}\npublish: a/b',
        ),
      },
      [
        'layerkeep.yml:5:43: m.yml:2: the variants "a" and "ba" have the same suffix "-x" and would publish the same tags to docker.io/a/b ("a" is defined at m.yml:2)',
      ],
    ],
    [
      "is a missing context",
      m("include:\n- {n: a}\n- {n: b}", '    dockerfile: "sub/{n}"\n    context: no'),
      ['layerkeep.yml:5:14: m.yml:2 (and 1 more): the context "no" does not exist'],
    ],
    [
      "is a filter that matches nothing",
      m("include: [{n: a}]", "    where: {n: b}"),
      ["layerkeep.yml:4:12: no entry in m.yml has these values"],
    ],
    [
      "is a missing list",
      m("includes: []", "    at: x.y"),
      ['layerkeep.yml:4:9: m.yml has no key "x" (expected one of includes)'],
    ],
    [
      "is a matrix without entries",
      m("matrix: {include: []}", "    at: matrix"),
      ["layerkeep.yml:4:9: matrix in m.yml is empty"],
    ],
    ["is an empty list", m("include: []"), ["layerkeep.yml:2:5: include in m.yml is empty"]],
    [
      "is a file with too many entries",
      m(`include: [${"{n: a},".repeat(2001)}]`),
      ["layerkeep.yml:2:5: include in m.yml has 2001 entries, but the limit is 2000"],
    ],
    [
      "is too many entries in all imports",
      {
        "m.yml": `include: [${"{n: a},".repeat(1001)}]`,
        "layerkeep.yml": 'import: [{matrix: m.yml, name: "{n}"}, {matrix: m.yml, name: "b{n}"}]',
      },
      ["layerkeep.yml:1:1: 2002 entries are imported, but the limit is 2000"],
    ],
    [
      "is an entry that is not a map",
      m("include:\n- a"),
      ["layerkeep.yml:2:13: m.yml:2: this entry is not a map"],
    ],
    [
      "is invalid YAML",
      m("include: [\n}"),
      [
        "layerkeep.yml:2:13: m.yml:2:1: invalid YAML: flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ],
    [
      "is a missing file",
      { "layerkeep.yml": "import: [{matrix: m.yml, name: x}]" },
      ["layerkeep.yml:1:19: m.yml: cannot be read: no such file"],
    ],
    [
      "is a file outside the checkout",
      {
        "layerkeep.yml":
          'import: [{matrix: "https://a/b.yml", name: x}, {matrix: /m.yml, name: x}]',
      },
      [
        'layerkeep.yml:1:19: "https://a/b.yml" is not a file in this checkout (set it to the path of a local file)',
        'layerkeep.yml:1:57: the path "/m.yml" is absolute (use a path relative to the config\'s folder, so that it works on every machine)',
      ],
    ],
    [
      "is an import with too few or too many keys",
      {
        "layerkeep.yml":
          "import:\n- {}\n- {matrix: a, bake: b}\n- {bake: b, at: c}\n- {matrix: Dockerfile}\n- {matrx: b}",
      },
      [
        "layerkeep.yml:2:3: this import has no file (set one of matrix, bake or compose)",
        "layerkeep.yml:3:3: this import has matrix and bake (set one of matrix, bake or compose)",
        "layerkeep.yml:4:10: b: importing a bake file requires bake (use the command line, or pass printBake to run `docker buildx bake --print`)",
        'layerkeep.yml:4:13: imports of bake files do not support the "at" key (expected one of name, publish, preview, cache, bake, targets, vars, folder)',
        'layerkeep.yml:5:3: this import has no name for its variants (add a name, such as name: "{tag-suffix}"; a leading - is removed)',
        "layerkeep.yml:6:3: this import has no file (set one of matrix, bake or compose)",
        'layerkeep.yml:6:4: unknown key "matrx" in import[4] (did you mean "matrix"?)',
      ],
    ],
    [
      "is an import that is not a list",
      { "layerkeep.yml": "import: {matrix: a}" },
      ["layerkeep.yml:1:9: import must be a list (use import: [{matrix: FILE, …}])"],
    ],
  ];
  it.each(cases)("%s", async (_, given, expected) => {
    expect(await problemsOf(given)).toEqual(expected);
  });
});
