import { describe, expect, it } from "vitest";
import { loadFiles, problemsOf } from "../../../test/support/config-files.ts";

/** What is wrong with a config, a line each. */
const problems = (text: string): Promise<string[]> => problemsOf({ "layerkeep.yml": text });

/** The contexts of each variant. */
async function contexts(files: Readonly<Record<string, string>>): Promise<unknown> {
  const { variants } = await loadFiles(files);
  return Object.fromEntries(variants.map((variant) => [variant.name, variant.contexts]));
}

const chain = (a: string, b: string, c: string): string => `variants:
  a: { contexts: { x: "${a}" } }
  b: { contexts: { x: "${b}" } }
  c: { contexts: { x: "${c}" } }
  d: { contexts: { x: "variant:a" } }
`;

describe("a context that is another variant", () => {
  it("names one, for any platform or for one in any spelling, under any number of names", async () => {
    const text = `variants:
  base: { platforms: [linux/amd64, linux/arm64] }
  app:
    contexts:
      base: variant:base
      native: variant:base/linux/x86_64
      "ghcr.io/acme/base:main": variant:base/linux/aarch64
`;
    expect(await contexts({ "layerkeep.yml": text })).toEqual({
      base: {},
      app: {
        base: "variant:base",
        native: "variant:base/linux/amd64",
        "ghcr.io/acme/base:main": "variant:base/linux/arm64",
      },
    });
  });

  it("exists", async () => {
    const text =
      "variants:\n  base: {}\n  app: { contexts: { x: variant:bose, y: variant:other } }\n";
    expect(await problems(text)).toEqual([
      'layerkeep.yml:3:25: variant app refers to the variant "bose", which does not exist (did you mean "base"?)',
      expect.stringMatching(
        /^layerkeep\.yml:3:42: variant app refers to the variant "other", which does not exist \(.*base/,
      ),
    ]);
    expect(await problems('variants: { app: { contexts: { x: "variant:" } } }')).toEqual([
      'layerkeep.yml:1:35: "variant:" has no variant name (use variant:NAME, or variant:NAME/linux/amd64 for one platform)',
    ]);
  });

  it("is built for the platform that is asked for", async () => {
    const text =
      "variants:\n  base: { platforms: [linux/amd64, linux/s390x] }\n  app: { contexts: { x: variant:base/linux/arm64 } }\n";
    expect(await problems(text)).toEqual([
      "layerkeep.yml:3:25: variant app needs base for linux/arm64, but base is not built for that platform (base is built for linux/amd64, linux/s390x)",
    ]);
    expect(
      await problems("variants: { base: , app: { contexts: { x: variant:base/amiga } } }"),
    ).toEqual([expect.stringMatching(/^layerkeep\.yml:1:43: .*amiga/)]);
  });

  it("is not built on what is built on it, at any distance", async () => {
    expect(await problems(chain("variant:b", "variant:c", "variant:a"))).toEqual([
      "layerkeep.yml:4:23: variants depend on each other in a cycle: a → b → c → a (remove one of the contexts that form the cycle)",
    ]);
    // The way there is no part of the circle.
    const later = chain("variant:b", "variant:c/linux/amd64", "variant:b");
    expect(await problems(later)).toEqual([
      "layerkeep.yml:4:23: variants depend on each other in a cycle: b → c → b (remove one of the contexts that form the cycle)",
    ]);
    expect(await problems(chain("variant:b", "variant:c", "."))).toEqual([]);
  });

  it("is not the variant itself, except where all inherit it", async () => {
    expect(await problems("variants:\n  a: { contexts: { x: variant:a } }\n")).toEqual([
      "layerkeep.yml:2:23: variant a depends on itself (remove this context)",
    ]);
    const inherited = `defaults: { contexts: { x: variant:base, y: variant:base/linux/amd64, z: . } }
variants: { base: , app: , other: { contexts: { x: variant:app } } }
`;
    const [y, z] = ["variant:base/linux/amd64", "."];
    expect(await contexts({ "layerkeep.yml": inherited })).toEqual({
      base: { z },
      app: { x: "variant:base", y, z },
      other: { x: "variant:app", y, z },
    });
  });

  it("may be named by the keys of a matrix, and be one of its combinations", async () => {
    const text = `variants:
  base: { matrix: { os: [a, b] }, args: { OS: "{os}" } }
  app: { matrix: { os: [a, b] }, contexts: { base: "variant:base-{os}" } }
`;
    expect(await contexts({ "layerkeep.yml": text })).toEqual({
      "base-a": {},
      "base-b": {},
      "app-a": { base: "variant:base-a" },
      "app-b": { base: "variant:base-b" },
    });
  });

  it("may be imported, and imported variants may have some", async () => {
    const matrix = "include:\n- { name: one, on: tool }\n- { name: tool, on: base }\n";
    const config = (on: string): string => `import:
  - { matrix: matrix.yml, name: "{name}", contexts: { on: "${on}" } }
variants: { base: , app: { contexts: { x: variant:one } } }
`;
    expect(
      await contexts({ "layerkeep.yml": config("variant:{on}"), "matrix.yml": matrix }),
    ).toEqual({
      base: {},
      app: { x: "variant:one" },
      one: { on: "variant:tool" },
      tool: { on: "variant:base" },
    });
    expect(
      await problemsOf({ "layerkeep.yml": config("variant:app"), "matrix.yml": matrix }),
    ).toEqual([expect.stringContaining("in a cycle: app → one → app")]);
  });
});
