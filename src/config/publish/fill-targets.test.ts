import { describe, expect, it } from "vitest";
import { loadFiles, problemsOf } from "../../../test/support/config-files.ts";
import type { PublishTarget, TagRule } from "../config.ts";

/** Where each variant is published: the repository, its suffix, and the rules in short. */
async function targets(config: string, more: Readonly<Record<string, string>> = {}) {
  const { variants } = await loadFiles({ "layerkeep.yml": config, ...more });
  return Object.fromEntries(variants.map(({ name, publish }) => [name, publish.map(short)]));
}

function short({ repository, suffix, tags }: PublishTarget): string {
  const rules = tags.map((rule) => `${shortRule(rule)}${rule.named ? "!" : ""}`);
  return `${repository} ${suffix || "-"} ${rules.join(" ")}`;
}

function shortRule(rule: TagRule): string {
  return rule.type === "raw" ? rule.value : rule.type;
}

function problems(config: string, more: Readonly<Record<string, string>> = {}): Promise<string[]> {
  return problemsOf({ "layerkeep.yml": config, ...more });
}

describe("a variant's publish", () => {
  it("replaces the one of defaults, and that replaces the file's", async () => {
    expect(
      await targets(`publish: {repository: r.io/all, tags: [a]}
variants:
  app: {}
  base: {publish: false}
  tool: {publish: {repository: r.io/tool, tags: [b]}}
  both: {publish: [{repository: r.io/x, tags: [c]}, {repository: "r.io/{name}", tags: [d]}]}
`),
    ).toEqual({
      app: ["r.io/all -app a"],
      base: [],
      tool: ["r.io/tool -tool b"],
      both: ["r.io/x -both c", "r.io/both - d"],
    });
    expect(
      await targets(`publish: r.io/all
defaults: {publish: false}
variants: {base: , tool: {publish: {repository: r.io/tool, tags: [b]}}}
`),
    ).toEqual({ base: [], tool: ["r.io/tool -tool b"] });
  });

  it("names the variant in a rule or a flavor, which then stands in for the suffix", async () => {
    const config = `publish:
  repository: r.io/app
  tags:
    - "type=raw,value={name}"
    - type=raw,value=plain
    - "type=raw,value=x,suffix=-{cuda}"
    - "type=semver,pattern={{version}},value={cuda}.0.0"
    - "type=semver,pattern={{version}}-{cuda}"
    - "type=raw,value=y,enable={cuda:+true}"
  flavor: ["latest=true", "suffix=-{cuda},onlatest=true"]
  annotations: {title: "{name} of {cuda}, {other}"}
variants:
  gpu: {matrix: {cuda: ["11", "12"]}, name: "gpu{cuda}"}
`;
    const { variants } = await loadFiles({ "layerkeep.yml": config });
    expect(variants.map(({ publish }) => publish.map(short))).toEqual([
      ["r.io/app -gpu11 gpu11! plain x! semver semver! y"],
      ["r.io/app -gpu12 gpu12! plain x! semver semver! y"],
    ]);
    expect(variants[1]?.publish[0]).toMatchObject({
      flavor: { latest: "true", suffix: "-12", suffixLatest: true, suffixNamed: true },
      annotations: { title: "gpu12 of 12, {other}" },
    });
  });

  it("takes fields of an import's entries, and leaves out rules whose field an entry lacks", async () => {
    const matrix = {
      "ci.yml": "include: [{id: a, tag: one, latest: 'true'}, {id: b, latest: auto}]",
    };
    const config = `import:
  - matrix: ci.yml
    name: "{id}"
    publish:
      - repository: "r.io/{name}"
        tags: ["type=raw,value={tag}", "type=raw,value=all"]
        flavor: ["latest={latest}"]
      - {repository: r.io/only, tags: ["type=raw,value={tag}"]}
`;
    expect(await targets(config, matrix)).toEqual({
      a: ["r.io/a - one! all", "r.io/only -a one!"],
      b: ["r.io/b - all"],
    });
    const { variants } = await loadFiles({ "layerkeep.yml": config, ...matrix });
    expect(variants.map(({ publish }) => publish[0]?.flavor.latest)).toEqual(["true", "auto"]);
  });

  it("applies to all entries of a Compose file", async () => {
    expect(
      await targets("import: [{compose: c.yml, publish: false}]\npublish: r.io/app", {
        "c.yml": "services: {api: {build: .}}",
      }),
    ).toEqual({ api: [] });
  });
});

describe("a problem in a publish", () => {
  it.each([
    [
      "true instead of a repository",
      "publish: true\nvariants: {app: {publish: [false]}}",
      [
        "layerkeep.yml:1:10: publish must be a repository, not true (use publish: false to publish nothing)",
        "layerkeep.yml:2:28: variants.app.publish[0] must be a repository, not false (use publish: false to publish nothing)",
      ],
    ],
    [
      "all of a variant's targets at once",
      "variants:\n  app: {publish: [{tags: [type=edges], shape: list}, {repository: 'R', tags: [x]}]}",
      [
        'layerkeep.yml:2:19: variants.app.publish[0] needs the key "repository"',
        expect.stringMatching(
          /^layerkeep\.yml:2:27: "type=edges" is not a valid tag rule: unknown type "edges" \(did you mean "edge"\?\)/,
        ),
        'layerkeep.yml:2:47: variants.app.publish[0].shape must be index or manifest, not "list"',
        expect.stringMatching(/^layerkeep\.yml:2:67: "R" is not an image reference/),
      ],
    ],
    [
      "a field that a variant lacks",
      `publish: {repository: r.io/a, tags: ["type=raw,value={cuda}"]}
variants: {app: , b: {publish: "r.io/{nmae}"}, gpu: {matrix: {cuda: ["1"]}}}`,
      [
        "layerkeep.yml:1:38: not every variant has {cuda} (use {cuda:-TEXT} to set a default)",
        "layerkeep.yml:2:32: unknown field {nmae} (did you mean {name}?)",
      ],
    ],
    [
      "the same tags of two variants in a repository",
      `variants:
  a: {publish: {repository: r.io/x, tags: [type=sha]}, suffix: ""}
  b: {publish: {repository: r.io/x, tags: [type=sha]}, suffix: ""}
  c: {publish: {repository: r.io/x, tags: [type=sha]}}
  d: {publish: {repository: r.io/x, tags: [type=sha]}, suffix: -c}
  e: {publish: {repository: r.io/y, tags: [type=sha]}, suffix: ""}
  f: {publish: {repository: r.io/x, tags: [f]}, suffix: ""}
  g: {publish: false, suffix: ""}
  h: {publish: {repository: r.io/x, tags: ["type=sha,enable=false"]}, suffix: ""}`,
      [
        'layerkeep.yml:3:7: the variants "a" and "b" would publish the same tags to r.io/x: both have the same tag rule (add {name} to the rule; "a" is defined on line 2)',
        'layerkeep.yml:5:64: the variants "c" and "d" have the same suffix "-c" and would publish the same tags to r.io/x ("c" is defined on line 4)',
      ],
    ],
    [
      "a field that does not tell variants apart",
      `publish: {repository: r.io/x, tags: ["type=raw,value={os}"]}
variants: {a: {matrix: {os: [x], v: ["1", "2"]}}}`,
      [
        'layerkeep.yml:2:12: the variants "a-x-1" and "a-x-2" would publish the same tags to r.io/x: both have the same tag rule (add {name} to the rule; "a-x-1" is defined on line 2)',
      ],
    ],
  ])("is reported at its place: %s", async (_, config, expected) => {
    expect(await problems(config)).toEqual(expected);
  });

  it("is an import's field that no entry has, or that entries of one image do not share", async () => {
    const matrix = {
      "ci.yml": "include: [{n: a, p: linux/amd64, t: x}, {n: a, p: linux/arm64, t: y}]",
    };
    const start = 'import:\n  - {matrix: ci.yml, name: "{n}", platforms: "{p}", publish: ';
    expect(await problems(`${start}"r.io/{user}"}`, matrix)).toEqual([
      "layerkeep.yml:2:62: no entry in ci.yml has the field {user} (expected one of n, p, t)",
    ]);
    expect(
      await problems(`${start}{repository: r.io/a, tags: ["type=raw,value={t}"]}}`, matrix),
    ).toEqual([
      'layerkeep.yml:2:62: ci.yml:1: "a" is published to different tags or repositories than at ci.yml:1 (entries with the same name form one image: use only fields that they share)',
    ]);
  });
});
