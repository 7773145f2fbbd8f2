import { describe, expect, it } from "vitest";
import { loadFiles, problemsOf } from "../../../test/support/config-files.ts";

describe("the lists of an imported matrix", () => {
  it("may be several lists of one file, found by globs and several paths", async () => {
    const workflow = `jobs:
  lint: {runs-on: ubuntu-latest}
  build-cpu:
    strategy:
      matrix:
        include: &cpu [{n: a, p: linux/amd64}, {n: b, p: linux/amd64}]
  test: {strategy: {matrix: {include: *cpu}}}
  build-gpu: {strategy: {matrix: {include: [{n: a, p: linux/arm64}]}}}
  build-late: {strategy: {matrix: {include: "\${{ fromJSON(needs.lint.outputs.m) }}"}}}
  build-none: {strategy: {matrix: {include: []}}}
x/more: [{n: c, p: linux/amd64}]
`;
    const config = (at: string) =>
      `import: [{matrix: ci.yml, at: ${at}, name: "{n}", platforms: "{p}"}]`;
    const late =
      "ci.yml:9: not imported: jobs.build-late.strategy.matrix.include, an expression that only CI can evaluate";
    const legs = async (at: string, expected: readonly string[] = []) => {
      const { variants, warnings } = await loadFiles({
        "ci.yml": workflow,
        "layerkeep.yml": config(at),
      });
      expect(warnings).toEqual(expected);
      return variants.flatMap(({ name, platforms }) =>
        platforms.map(({ architecture }) => `${name}/${architecture}`),
      );
    };
    const all = ["a/amd64", "a/arm64", "b/amd64"];
    expect(await legs("jobs.*.strategy.matrix.include", [late])).toEqual(all);
    expect(await legs("'jobs.build-?pu.*.*.include'")).toEqual(all);
    expect(await legs("[jobs.build-gpu.strategy.matrix.include, '*']")).toEqual([
      "a/arm64",
      "c/amd64",
    ]);
    expect(
      await legs("[jobs.*.strategy.matrix.include, jobs.test.strategy.matrix.include]", [late]),
    ).toEqual(all);
  });
});

describe("a matrix of a job", () => {
  const namesIn = async (matrix: string, at = "jobs.build.strategy.matrix", name = "{n}") => {
    const { variants, warnings } = await loadFiles({
      "ci.yml": `jobs:\n  build:\n    strategy:\n      matrix: ${matrix}\n  lint: {steps: []}\n`,
      "layerkeep.yml": `import: [{matrix: ci.yml, at: ${at}, name: "${name}"}]`,
    });
    return { names: variants.map((variant) => variant.name), warnings };
  };
  const legs = async (matrix: string) =>
    (await namesIn(matrix, undefined, "{os:-any}-{v:-none}-{x:-plain}-{y:-}")).names;

  it("is every combination of its lists", async () => {
    const { names } = await namesIn("{os: [a, b], v: [1, 2]}", undefined, "{os}{v}");
    expect(names).toEqual(["a1", "a2", "b1", "b2"]);
    const glob = await namesIn("{os: [a], v: [1, 2]}", "'jobs.*.strategy.matrix'", "{os}{v}");
    expect(glob.names).toEqual(["a1", "a2"]);
  });

  it("leaves out what agrees with an exclusion in the keys that it has", async () => {
    const matrix =
      "{os: [a, b], v: [1, 2], x: [p, q], exclude: [{os: a, v: 1, x: p}, {os: b, v: 2}]}";
    expect(await legs(matrix)).toEqual(["a-1-q-", "a-2-p-", "a-2-q-", "b-1-p-", "b-1-q-"]);
    const nested = "{os: [{n: a, r: 1}, {n: b, r: 2}], v: [1, 2], exclude: [{os: {n: b}}]}";
    expect((await namesIn(nested, undefined, "v{v}")).names).toEqual(["v1", "v2"]);
  });

  it("adds an inclusion to the combinations that it does not change, or else to the matrix", async () => {
    const include = [
      "{x: every}",
      "{x: first, os: a}",
      "{v: 1, y: one}",
      "{os: c}",
      "{os: c, v: 1}",
    ];
    expect(await legs(`{os: [a, b], v: [1, 2], include: [${include.join(", ")}]}`)).toEqual([
      "a-1-first-one",
      "a-2-first-",
      "b-1-every-one",
      "b-2-every-",
      "c-none-plain-",
      "c-1-plain-",
    ]);
  });

  it("includes again what was excluded, and needs no lists", async () => {
    const back = "{os: [a, b], v: [1], exclude: [{os: b}], include: [{os: b, v: 1, x: back}]}";
    expect(await legs(back)).toEqual(["a-1-plain-", "b-1-back-"]);
    expect(await legs("{include: [{os: a}, {os: b}]}")).toEqual(["a-none-plain-", "b-none-plain-"]);
  });

  it("is left out if only CI can tell one of its lists", async () => {
    const { variants, warnings } = await loadFiles({
      "ci.yml": `one: {matrix: {n: [a], v: "\${{ fromJSON(x) }}"}}\ntwo: {matrix: {n: [b]}}\n`,
      "layerkeep.yml": 'import: [{matrix: ci.yml, at: "*.matrix", name: "{n}"}]',
    });
    expect(variants.map(({ name }) => name)).toEqual(["b"]);
    expect(warnings).toEqual([
      "ci.yml:1: not imported: one.matrix.v, an expression that only CI can evaluate",
    ]);
  });

  const problem = async (matrix: string) => {
    const found = await problemsOf({
      "m.yml": `m: ${matrix}`,
      "layerkeep.yml": 'import: [{matrix: m.yml, at: m, name: "{n}"}]',
    });
    return found.map((text) => text.replace("layerkeep.yml:1:30: ", ""));
  };
  const neither = "(use the path of a list of entries, or of strategy.matrix in a job)";
  it.each([
    ["{}", `m in m.yml is neither a list nor a matrix ${neither}`],
    ["{exclude: [{a: 1}]}", `m in m.yml is neither a list nor a matrix ${neither}`],
    ["{a: text}", `m in m.yml is neither a list nor a matrix: a is not a list ${neither}`],
    ["{a: []}", "m.a in m.yml has no values"],
    ["{a: [1], include: {b: 1}}", "m.include in m.yml is not a list"],
    ["{a: [1], include: [b]}", "m.include in m.yml contains an entry that is not a map"],
    ["{a: [1], exclude: [{}]}", "m.exclude in m.yml contains an empty entry"],
    [
      "{abc: [1], exclude: [{abd: 1}]}",
      'm.exclude in m.yml has the key "abd", but the matrix does not (did you mean "abc"?)',
    ],
    ["{a: [1], exclude: [{a: 1}]}", "m in m.yml is empty"],
    [
      `{a: [${"1,".repeat(50)}], b: [${"1,".repeat(50)}]}`,
      "m in m.yml has 2500 combinations, but the limit is 2000",
    ],
  ])("is refused: %s", async (matrix, message) => {
    expect(await problem(matrix)).toEqual([message]);
  });

  it.each(["include", "exclude"])("is refused with too long a list: %s", async (key) => {
    expect(await problem(`{a: [1], ${key}: [${"{a: 2},".repeat(2001)}]}`)).toEqual([
      `m.${key} in m.yml has 2001 entries, but the limit is 2000`,
    ]);
  });
});

describe("an error in the lists of an imported matrix", () => {
  const m = (entries: string, more: string): Readonly<Record<string, string>> => ({
    "m.yml": entries,
    "layerkeep.yml": `import:\n  - matrix: m.yml\n    name: "{n}"\n${more}`,
  });
  const cases: readonly [string, Readonly<Record<string, string>>, readonly string[]][] = [
    [
      "is a glob that matches no list",
      m(
        "jobs: {build: {strategy: {matrix: {include: {}}}}, test: {steps: []}}\nx: y",
        '    at: ["job*.b*.matrix", "jobs.deploy-*.strategy", "*.*.strategy.matrix.*", "x*.a", "*.*.*.*"]',
      ),
      [
        'layerkeep.yml:4:10: job*.b* in m.yml has no key "matrix" (expected one of strategy)',
        'layerkeep.yml:4:28: jobs in m.yml has no key that matches "deploy-*" (expected one of build, test)',
        "layerkeep.yml:4:54: *.*.strategy.matrix.* in m.yml is not a list",
        "layerkeep.yml:4:79: x* in m.yml is not a map, so it has no a",
        "layerkeep.yml:4:87: *.*.*.* in m.yml is not a list (use at: *.*.*.*.include)",
      ],
    ],
    [
      "is no path at all, or lists without an entry",
      m(
        "a: []\nb: []",
        `    at: []
  - {matrix: m.yml, name: "{n}", at: "*"}
  - {matrix: m.yml, name: "{n}", at: ""}`,
      ),
      [
        "layerkeep.yml:4:9: at is empty",
        "layerkeep.yml:5:38: * in m.yml is empty",
        'layerkeep.yml:6:38: m.yml has no key "" (did you mean "a"?)',
      ],
    ],
  ];
  it.each(cases)("%s", async (_, given, expected) => {
    expect(await problemsOf(given)).toEqual(expected);
  });
});
