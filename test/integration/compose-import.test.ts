import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { printBake } from "../../src/buildkit/print-bake.ts";
import { loadConfig } from "../../src/config/load/load.ts";
import { isRecord } from "../../src/config/yaml/yaml-file.ts";
import { exec } from "../../src/exec.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";

/** What is imported of a Compose file beside what bake, which reads such files too, makes of it. */

const { buildx: path, env } = testEngine();
const buildx = { path, env, exec };

it("reads x-bake of a Compose file as bake does", async () => {
  const compose = `services:
  app:
    build:
      context: .
      platforms: [linux/amd64]
      secrets: [one, two]
      additional_contexts: {a: ./api}
      x-bake:
        platforms: linux/arm64 linux/amd64
        secret: ["id=two,src=./in-root", "type=env,id=three,src=THREE", "id=four,env=FOUR"]
        contexts: {a: ./lib, b: ./lib, img: "docker-image://alpine:3"}
        tags: [x]
        no-cache: true
secrets:
  one: {file: ./in-root}
  two: {environment: TWO}
`;
  using folder = makeFolder();
  const root = folder.path;
  for (const name of ["api", "lib"]) mkdirSync(join(root, name));
  for (const name of ["Dockerfile", "in-root"]) writeFileSync(join(root, name), "FROM scratch\n");
  writeFileSync(join(root, "compose.yml"), compose);
  const file = join(root, "layerkeep.yml");
  writeFileSync(file, JSON.stringify({ import: [{ compose: "compose.yml" }] }));
  const { variants, warnings } = await loadConfig({ file, vars: {} });
  const [variant] = variants;
  const request = { file: join(root, "compose.yml"), folder: root, targets: ["app"], vars: {} };
  const app = at(await printBake(buildx, request), "target", "app");
  const entries = (list: unknown) => (Array.isArray(list) ? (list as readonly unknown[]) : []);
  expect(variant?.platforms.map(formatPlatform)).toEqual(field(app, "platforms"));
  expect(variant?.secrets.map(secretOf)).toEqual(
    entries(field(app, "secret")).map((secret) => secretOf(fieldsOf(secret))),
  );
  expect(variant?.contexts).toEqual(pathsOf(field(app, "contexts")));
  expect(field(app, "no-cache")).toBe(true);
  expect(warnings).toEqual([
    "compose.yml:13: not imported: no-cache (use --cold to build without caches)",
  ]);
});

function makeFolder(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "layerkeep-compose-import-"));
  return {
    path: folder,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}

function fieldsOf(secret: unknown): string {
  const fields = isRecord(secret) ? Object.entries(secret) : [];
  return fields.map(([key, value]) => `${key}=${String(value)}`).join(",");
}

/** In one order, with paths from the root; an id that bake reads as `type=env` has its variable in `env`. */
function secretOf(text: string): Readonly<Record<string, string>> {
  const fields = new Map(text.split(",").map((field) => splitAt(field)));
  const isEnv = fields.get("type") === "env" && !fields.has("env");
  const found = { id: fields.get("id"), src: fields.get("src"), env: fields.get("env") };
  const read = isEnv ? { id: found.id, src: undefined, env: found.src } : found;
  return Object.fromEntries(
    Object.entries(read).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value.replace(/^\.\//, "")]],
    ),
  );
}

function splitAt(field: string): [string, string] {
  const [key = "", value = ""] = field.split(/=(.*)/s);
  return [key, value];
}

function pathsOf(contexts: unknown): Readonly<Record<string, string>> {
  const map = isRecord(contexts) ? Object.entries(contexts) : [];
  return Object.fromEntries(map.map(([name, value]) => [name, String(value).replace(/^\.\//, "")]));
}
