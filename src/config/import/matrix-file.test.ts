import { describe, expect, it } from "vitest";
import { variantOf } from "../../../test/support/configs.ts";
import { loadFiles, problemsOf } from "../../../test/support/config-files.ts";

/** In the shape of a matrix that a large project keeps for its CI. */
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

describe("a matrix that is imported", () => {
  it("is read as it is: entries of one name are a variant with several platforms", async () => {
    const { variants } = await loadFiles({ ...files, "layerkeep.yml": mapping });
    expect(variants).toEqual([llama, vllm]);
  });

  it("is used beside variants that are written, and inherits as they do", async () => {
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

  it("may be in JSON, in a workflow, with lists and entries of which some are taken", async () => {
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

  it("leaves texts of the entries as they are", async () => {
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

describe("what is wrong with a matrix that is imported", () => {
  const m = (entries: string, more = "", name = '"{n}"'): Readonly<Record<string, string>> => ({
    "m.yml": entries,
    "layerkeep.yml": `import:\n  - matrix: m.yml\n    name: ${name}\n${more}`,
  });
  const cases: readonly [string, Readonly<Record<string, string>>, readonly string[]][] = [
    [
      "is told at the mapping, with the entry's line",
      m("include:\n- {n: a, p: x}\n- {n: b, p: x}\n- {n: c, p: y}", '    platforms: "{p}"'),
      [
        'layerkeep.yml:4:16: m.yml:2 (and 1 more): "x" is not a platform (a platform is os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
        'layerkeep.yml:4:16: m.yml:4: "y" is not a platform (a platform is os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
      ],
    ],
    [
      "is told of ten entries, and how many there are",
      m(`include: [${Array.from({ length: 13 }, (_, i) => `{n: 'a ${i}'}`).join(", ")}]`),
      [
        ...Array.from(
          { length: 10 },
          (_, i) =>
            `layerkeep.yml:3:11: m.yml:1: the variant name "a ${i}" cannot be part of a tag (a name has letters, digits, _ . and -, and does not begin with . or -)`,
        ),
        "layerkeep.yml: and 3 more problems like these",
      ],
    ],
    [
      "is a field that no entry has",
      m("include: [{n: a, tag-suffix: b}]", '    args: {A: "{tag_suffix}"}\n    where: {m: b}'),
      [
        'layerkeep.yml:4:15: no entry of m.yml has the field {tag_suffix} (did you mean "tag-suffix"?)',
        'layerkeep.yml:5:13: no entry of m.yml has the field m (did you mean "n"?)',
      ],
    ],
    [
      "is a field that one entry does not have",
      m("include:\n- {n: a, d: Dockerfile}\n- {n: b}\n- {d: x}", '    dockerfile: "{d}"'),
      [
        "layerkeep.yml:3:11: m.yml:4: this entry has no n ({n:-text} gives a default)",
        "layerkeep.yml:4:17: m.yml:3: this entry has no d ({d:-text} gives a default)",
      ],
    ],
    [
      "is a field that is a map",
      m("include: [{n: a, d: {x: y}}]", '    target: "{d}"'),
      ["layerkeep.yml:4:13: d is a map in m.yml, and cannot be a text"],
    ],
    [
      "is the same leg twice",
      m("include:\n- {n: a}\n- {n: b}\n- {n: a}"),
      [
        "layerkeep.yml:3:11: m.yml:4: the leg a/linux/amd64 is made twice (at m.yml:2, too; entries of one name need platforms of their own)",
      ],
    ],
    [
      "is one name with another Dockerfile",
      {
        ...m(
          "include:\n- {n: a, d: x, p: linux/amd64}\n- {n: a, d: y, p: linux/arm64}",
          '    platforms: "{p}"\n    dockerfile: "{d}"\n',
        ),
        x: "FROM scratch",
        y: "FROM scratch",
      },
      [
        'layerkeep.yml:5:17: m.yml:3: "a" has another dockerfile than at m.yml:2: "y", not "x" (entries of one name are one variant, and differ in platform, args and runner alone)',
      ],
    ],
    [
      "is a name that a variant has already",
      m("include:\n- {n: a}", "variants: {a: }"),
      ['layerkeep.yml:2:5: m.yml:2: the variant "a" is made twice (on line 4, too)'],
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
        'layerkeep.yml:5:43: m.yml:2: the variants "a" and "ba" have the same suffix "-x", and would share their tags in docker.io/a/b ("a" is at m.yml:2)',
      ],
    ],
    [
      "is a Dockerfile that is not there",
      m("include:\n- {n: a}\n- {n: b}", '    dockerfile: "sub/{n}"\n    context: no'),
      ['layerkeep.yml:5:14: m.yml:2 (and 1 more): the context "no" does not exist'],
    ],
    [
      "is that nothing is chosen",
      m("include: [{n: a}]", "    where: {n: b}"),
      ["layerkeep.yml:4:12: no entry of m.yml has these values"],
    ],
    [
      "is that there is no list",
      m("includes: []", "    at: x.y"),
      ['layerkeep.yml:4:9: m.yml has no key "x" (known are includes)'],
    ],
    [
      "is that the list is a map",
      m("matrix: {include: []}", "    at: matrix"),
      ["layerkeep.yml:4:9: matrix in m.yml is not a list (write at: matrix.include)"],
    ],
    [
      "is that the list is empty",
      m("include: []"),
      ["layerkeep.yml:2:5: include in m.yml is empty"],
    ],
    [
      "is that the file is too long",
      m(`include: [${"{n: a},".repeat(2001)}]`),
      ["layerkeep.yml:2:5: include in m.yml has 2001 entries, but at most 2000 are read"],
    ],
    [
      "is that all imports are too many",
      {
        "m.yml": `include: [${"{n: a},".repeat(1001)}]`,
        "layerkeep.yml": 'import: [{matrix: m.yml, name: "{n}"}, {matrix: m.yml, name: "b{n}"}]',
      },
      ["layerkeep.yml:1:1: 2002 entries are imported, but at most 2000 are allowed"],
    ],
    [
      "is an entry that is no map",
      m("include:\n- a"),
      ["layerkeep.yml:2:13: m.yml:2: this entry is not a map of fields"],
    ],
    [
      "is YAML that cannot be read",
      m("include: [\n}"),
      [
        "layerkeep.yml:2:13: m.yml:2:1: not YAML that can be read: flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ],
    [
      "is a file that is not there",
      { "layerkeep.yml": "import: [{matrix: m.yml, name: x}]" },
      ["layerkeep.yml:1:19: m.yml: cannot be read: no such file"],
    ],
    [
      "is that it is somewhere else",
      {
        "layerkeep.yml":
          'import: [{matrix: "https://a/b.yml", name: x}, {matrix: /m.yml, name: x}]',
      },
      [
        'layerkeep.yml:1:19: "https://a/b.yml" is not a file of this checkout (what is imported is read from the disk)',
        'layerkeep.yml:1:57: the path "/m.yml" is absolute (write it from the folder of the config, so that it is right on every machine)',
      ],
    ],
    [
      "is an import that says too little or too much",
      {
        "layerkeep.yml":
          "import:\n- {}\n- {matrix: a, bake: b}\n- {bake: b, at: c}\n- {matrix: Dockerfile}\n- {matrx: b}",
      },
      [
        "layerkeep.yml:2:3: this import names no file (it needs one of matrix, bake and compose)",
        "layerkeep.yml:3:3: this import has matrix and bake (it needs one of matrix, bake and compose)",
        "layerkeep.yml:4:10: b: a bake file cannot be imported here (that needs `docker buildx bake --print`: use the command line, or give printBake)",
        'layerkeep.yml:4:13: an import of a bake file has no key "at" (known are name, bake, targets, vars, folder)',
        'layerkeep.yml:5:3: this import does not say how variants are named (such as name: "{tag-suffix}"; a - at its beginning goes)',
        "layerkeep.yml:6:3: this import names no file (it needs one of matrix, bake and compose)",
        'layerkeep.yml:6:4: unknown key "matrx" in import[4] (did you mean "matrix"?)',
      ],
    ],
    [
      "is an import that is no list",
      { "layerkeep.yml": "import: {matrix: a}" },
      ["layerkeep.yml:1:9: import must be a list (write import: [{matrix: FILE, …}])"],
    ],
  ];
  it.each(cases)("%s", async (_, given, expected) => {
    expect(await problemsOf(given)).toEqual(expected);
  });
});
