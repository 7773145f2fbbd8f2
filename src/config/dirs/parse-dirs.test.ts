import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../test/support/parse-config.ts";
import { keyParts } from "../../key-parts.ts";
import type { DirConfig } from "./dir-config.ts";
import { presets } from "./presets.ts";

const parse = (dirs: string): readonly DirConfig[] =>
  parseConfig(`dirs: ${dirs}\nvariants: {app: }`, "layerkeep.yml", {}).dirs;
const same = (...paths: readonly string[]) => ({ linux: paths, macos: paths, windows: paths });

describe("dirs", () => {
  it("takes a preset by the name of the entry", () => {
    expect(parse("{npm: {}, maven: }")).toEqual([
      {
        name: "npm",
        preset: "npm",
        key: "npm-{os}-{arch}-{hash:**/package-lock.json,**/npm-shrinkwrap.json}",
        or: ["npm-{os}-{arch}-"],
        paths: {
          linux: ["~/.npm/_cacache"],
          macos: ["~/.npm/_cacache"],
          windows: ["~/AppData/Local/npm-cache/_cacache"],
        },
        usual: true,
      },
      {
        name: "maven",
        preset: "maven",
        key: "maven-{os}-{arch}-{hash:**/pom.xml}",
        or: ["maven-{os}-{arch}-"],
        paths: same("~/.m2/repository"),
        usual: true,
      },
    ]);
  });

  it("knows the store of pnpm and the one that pnpm/action-setup makes", () => {
    const setup = "~/setup-pnpm/node_modules/.bin/store";
    expect(parse("{pnpm: }")[0]?.paths).toEqual({
      linux: ["~/.local/share/pnpm/store", setup],
      macos: ["~/Library/pnpm/store", setup],
      windows: ["~/AppData/Local/pnpm/store", setup],
    });
  });

  it("overrides what a preset says", () => {
    const [deps, go, ccache] = parse(
      "{deps: {preset: go, paths: [~/go/pkg/mod/]}, go: {key: 'mine-{epoch}'}, ccache: {or: [c-]}}",
    );
    expect(deps).toMatchObject({
      preset: "go",
      key: "deps-{os}-{arch}-{hash:**/go.sum}",
      or: ["deps-{os}-{arch}-"],
      paths: same("~/go/pkg/mod"),
      usual: false,
    });
    expect(go).toMatchObject({ key: "mine-{epoch}", or: [], usual: true });
    expect(ccache).toMatchObject({ key: "ccache-{os}-{arch}-{epoch}", or: ["c-"] });
  });

  it("takes a key and paths of its own, by operating system if they differ", () => {
    expect(
      parse("{a: {key: a, or: ['a-'], paths: ./models/}, b: {key: b, paths: {linux: /opt/b}}}"),
    ).toEqual([
      { name: "a", preset: undefined, key: "a", or: ["a-"], paths: same("models"), usual: false },
      {
        ...{ name: "b", preset: undefined, key: "b", or: [], usual: false },
        paths: { linux: ["/opt/b"], macos: [], windows: [] },
      },
    ]);
  });

  it.each([
    ["{npmm: {}}", 'dirs.npmm has no key and paths, and no preset (did you mean "npm"'],
    ["{deps: {preset: carg}}", 'there is no preset "carg" (did you mean "cargo"?)'],
    ["{deps: {preset: toString}}", 'there is no preset "toString" (the presets are go, npm,'],
    ["{m: {key: m}}", "dirs.m has no paths, and no preset"],
    ["{m: {paths: [m]}}", "dirs.m has no key, and no preset"],
    ["{m: {key: '{oss}', paths: [m]}}", 'has an unknown {oss} (did you mean "os"?)'],
    ["{m: {key: m, or: ['{hash'], paths: [m]}}", 'the key "{hash" has a { without a }'],
    ["{m: {key: '', paths: [m]}}", "the key is empty"],
    ["{m: {key: m, paths: []}}", "the list of paths is empty"],
    ["{m: {key: m, paths: {}}}", "no system has paths"],
    ["{m: {key: m, paths: {mac: x}}}", 'unknown key "mac" in dirs.m.paths'],
    ["{m: {key: m, paths: [a, ./a]}}", "the path a is listed twice"],
    ["{m: {key: m, paths: ['']}}", "the path is empty"],
    ["{m: {key: m, paths: ['~']}}", 'the path "~" is not below the home folder'],
    ["{m: {key: m, paths: [~/../x]}}", 'the path "~/../x" is not below the home folder'],
    ["{m: {key: m, paths: [~me/x]}}", 'the path "~me/x" is not below the home folder'],
    ["{m: {key: m, paths: [.]}}", 'the path "." cannot be restored'],
    ["{m: {key: m, paths: ['a\\b']}}", "contains a backslash (write a/b)"],
    ["{a: {key: k, paths: [a]}, b: {key: k, paths: [b]}}", "dirs.b and dirs.a have the same key"],
    ["{'a b': {key: k, paths: [a]}}", '"a b" is not a valid name of a directory cache'],
    ["[npm]", "dirs must be a map, not a list"],
    ["{npm: {path: x}}", 'unknown key "path" in dirs.npm (did you mean "paths"?)'],
  ])("refuses %s", (dirs, message) => {
    expect(() => parse(dirs)).toThrow(message);
  });
});

it.each(Object.entries(presets))("the preset %s has a key and paths that parse", (name, preset) => {
  const [dir] = parse(`{mine: {preset: ${name}}}`);
  expect(keyParts(dir?.key ?? "").length).toBeGreaterThan(6);
  const again = parse(JSON.stringify({ mine: { key: "k", paths: preset.paths } }));
  expect(again[0]?.paths).toEqual(preset.paths);
});
