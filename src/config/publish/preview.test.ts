import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../test/support/parse-config.ts";
import { UsageError } from "../../errors.ts";

const parse = (text: string) => parseConfig(text, "layerkeep.yml", {});

/** The problems of a config, without their hints. */
function problems(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

describe("preview", () => {
  it("is off, and by default tags a pull request's number", () => {
    const [app, tool, none] = parse(`
preview: quay.io/acme/previews
variants:
  app:
  tool: {preview: [{repository: quay.io/acme/other, tags: ["type=raw,value={name}"], expires: 7d}]}
  none: {preview: false}
`).variants;
    expect(app?.preview).toMatchObject([
      { repository: "quay.io/acme/previews", suffix: "-app", tags: [{ type: "ref", event: "pr" }] },
    ]);
    expect(app?.preview[0]).not.toHaveProperty("expires");
    expect(tool?.preview).toMatchObject([
      { repository: "quay.io/acme/other", tags: [{ value: "tool" }], expires: 7 * 86_400_000 },
    ]);
    expect(none?.preview).toEqual([]);
    expect(parse("variants: {app: }").variants[0]?.preview).toEqual([]);
  });

  it("is inherited from defaults before the file", () => {
    const [app] = parse(
      "preview: h.io/a\ndefaults: {preview: h.io/b}\nvariants: {app: }\n",
    ).variants;
    expect(app?.preview.map(({ repository }) => repository)).toEqual(["h.io/b"]);
  });

  it.each([
    [
      "the cache repository",
      "cache: h.io/app\npreview: h.io/app",
      "the preview repository h.io/app is the cache repository",
    ],
    [
      "below the cache repository",
      "cache: h.io/app\npreview: h.io/app/preview",
      "the preview repository h.io/app/preview is below h.io/app, the cache repository",
    ],
    [
      "the scratch repository",
      "cache: {repository: h.io/c, scratch: h.io/s}\npreview: h.io/s",
      "the preview repository h.io/s is cache.scratch",
    ],
    [
      "where any variant is published",
      "publish: docker.io/acme/{name}\ndefaults: {preview: acme/b}",
      "the preview repository docker.io/acme/b is where b is published",
    ],
    [
      "read as a cache",
      'cache: {repository: h.io/c, from: ["type=registry,ref=h.io/old:x{suffix}"]}\npreview: h.io/old',
      "the preview repository h.io/old is read as a cache by cache.from",
    ],
    [
      "read as a cache under the name of a variant",
      'cache: {repository: h.io/c, from: ["h.io/{name}:{platform}"]}\npreview: h.io/b',
      "the preview repository h.io/b is read as a cache by cache.from",
    ],
    [
      "read as a cache by what variants inherit",
      "preview: h.io/old/p\ndefaults: {cache: {from: ['h.io/old:x{suffix}']}}",
      "the preview repository h.io/old/p is below h.io/old, read as a cache by a",
    ],
    [
      "of several variants",
      "preview: 'h.io/{name}'",
      "the preview repository h.io/{name} cannot contain fields",
    ],
    ["true", "preview: true", "preview must be a repository, not true"],
    ["without a repository", "preview: {expires: 7d}", 'preview needs the key "repository"'],
    [
      "kept for no time",
      "preview: {repository: h.io/a, expires: 0}",
      "a preview cannot expire immediately",
    ],
    [
      "kept for a week in words",
      "preview: {repository: h.io/a, expires: a week}",
      "Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w.",
    ],
    [
      "of a shape",
      "preview: {repository: h.io/a, shape: manifest}",
      'unknown key "shape" in preview',
    ],
    [
      "under one tag for two variants",
      "preview: {repository: h.io/a, tags: ['type=raw,value=x{name:+}']}",
      'the variants "a" and "b" would publish the same tags to h.io/a: both have the same tag rule',
    ],
  ])("cannot be %s", (_, text, problem) => {
    expect(problems(`${text}\nvariants: {a: , b: }`)).toEqual([problem]);
  });

  it("cannot be read as a cache by one variant alone", () => {
    const text =
      "preview: h.io/p\nvariants: {a: {preview: false, cache: {from: ['h.io/p:x']}}, b: }";
    expect(problems(text)).toEqual(["the preview repository h.io/p is read as a cache by a"]);
  });

  it("may be in a list of caches that no variant reads", () => {
    const text = `
cache: {repository: h.io/c, from: ["h.io/{name}:x", "h.io/p:x"]}
preview: h.io/p
variants: {p: {cache: false}, a: {cache: {from: []}}}
`;
    expect(problems(text)).toEqual([]);
  });

  it("is blamed for a tag that two variants share, not what they publish", () => {
    const text =
      "preview: {repository: h.io/a, tags: ['type=raw,value=x{name:+}']}\nvariants:\n  a:\n  b:\n    publish: h.io/b\n";
    expect(() => parse(text)).toThrow("layerkeep.yml:4:3: ");
    const own = `${text}    preview: {repository: h.io/a, tags: ['type=raw,value=x{name:+}']}\n`;
    expect(() => parse(own)).toThrow("layerkeep.yml:6:5: ");
  });

  it("may be beside the others, with a name that begins alike", () => {
    const text =
      "cache: h.io/app\npublish: h.io/app-all\npreview: h.io/app-preview\nvariants: {a: }";
    expect(problems(text)).toEqual([]);
  });
});
