import { describe, expect, it } from "vitest";
import { readClaims } from "./claims.ts";

const read = (text: string, vars = {}) => readClaims(text, "layerkeep.yml", vars);
const none = {
  default: undefined,
  release: [],
  writeOnTags: false,
  credentials: [],
  previews: [],
  scratch: undefined,
};

describe("readClaims", () => {
  it("reads the branches, the credentials, the previews and whether tags write caches, and nothing else", async () => {
    const text = `
cache: {repository: not a repository, write-on-tags: true, future-key: 1}
branches: {default: main, release: ["release/*"]}
credentials:
  - {repository: quay.io/acme/*, token-env: LAYERKEEP_QUAY}
future: [1]
variants: {app: {dockerfile: gone}}
`;
    expect(await read(text)).toEqual({
      default: "main",
      release: ["release/*"],
      writeOnTags: true,
      credentials: [
        { repository: "quay.io/acme/*", variables: { kind: "bearer", token: "LAYERKEEP_QUAY" } },
      ],
      previews: [],
      scratch: undefined,
    });
  });

  it.each([
    ["quay.io/acme/scratch", "quay.io/acme/scratch"],
    ["acme/${NAME}", "docker.io/acme/scratch"],
    ["Not A Repository", undefined],
  ])("reads the scratch repository %s", async (text, scratch) => {
    expect(await read(`vars: {NAME: scratch}\ncache: {scratch: "${text}"}\n`)).toEqual({
      ...none,
      scratch,
    });
  });

  it("reads the preview repositories of the file, its defaults, variants and imports", async () => {
    const text = `
vars: {PLACE: quay.io/acme}
preview: "\${PLACE}/a"
defaults: {preview: {repository: quay.io/acme/b, expires: later}}
variants:
  app: {preview: [acme/c, {repository: Not A Repository}, {tags: x}]}
  tool: {preview: false}
  none:
import: [{matrix: gone.yml, preview: quay.io/acme/d}]
`;
    expect(await read(text)).toEqual({
      ...none,
      previews: ["quay.io/acme/a", "quay.io/acme/b", "docker.io/acme/c", "quay.io/acme/d"],
    });
  });

  it.each([
    ["an empty config", "variants: {}\n"],
    ["a cache that is a repository", "cache: ghcr.io/acme/cache\n"],
    ["sections without a value", "branches:\ncache:\ncredentials:\n"],
  ])("finds no claims in %s", async (_, text) => {
    expect(await read(text)).toEqual(none);
  });

  it("replaces variables, using the run's values for those that this version declares", async () => {
    const text = 'vars: {LINE: stable}\nbranches: {release: ["${LINE}/*"]}\n';
    expect(await read(text)).toEqual({ ...none, release: ["stable/*"] });
    expect(await read(text, { LINE: "next", OTHER: "x" })).toEqual({
      ...none,
      release: ["next/*"],
    });
  });

  it.each([
    ["broken YAML", "branches: {release: [\n", /^layerkeep\.yml:\d+:\d+: invalid YAML/],
    ["a list", "- a\n", /^layerkeep\.yml: the file must be a map/],
    ["an empty file", "", /^layerkeep\.yml: the file must be a map/],
    ["branches of another shape", "branches: main\n", /^layerkeep\.yml:1:/],
    ["a glob that is not a branch", "branches: {release: [refs/heads/x]}\n", /is not a branch/],
    ["an undeclared variable", "branches: {default: '${X}'}\n", /X/],
  ])("refuses %s", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
