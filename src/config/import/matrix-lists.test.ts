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
        "layerkeep.yml:4:87: *.*.*.* in m.yml is not a list (write at: *.*.*.*.include)",
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
