import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { loadConfig } from "./load.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-config-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array = ""): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function problems(file: string): Promise<string[]> {
  try {
    await loadConfig({ file, vars: {} });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message.split("\n").map((line) => line.replace(`${file}:`, "").trimStart());
  }
  return [];
}

describe("loadConfig", () => {
  it("reads a file whose Dockerfiles and contexts exist", async () => {
    write("server/Dockerfile");
    write("docker/gpu.Dockerfile");
    write("lib/x");
    const file = write(
      "layerkeep.yml",
      `vars: {R: ghcr.io/acme}
cache: \${R}/cache
variants:
  server: {context: server, contexts: {lib: ./lib, base: "docker-image://alpine"}}
  gpu: {dockerfile: docker/gpu.Dockerfile}
  remote: {context: "https://example.org/a.git", dockerfile: sub/Dockerfile}
`,
    );
    const config = await loadConfig({ file, vars: { R: "quay.io/acme" } });
    expect([config.file, config.root, config.cache.repository]).toEqual([
      file,
      root,
      { host: "quay.io", path: "acme/cache" },
    ]);
    expect(config.variants.map(({ context, dockerfile }) => [context, dockerfile])).toEqual([
      ["server", "server/Dockerfile"],
      [".", "docker/gpu.Dockerfile"],
      ["https://example.org/a.git", "sub/Dockerfile"],
    ]);
  });

  it("accepts a Dockerfile that is a link out of its folder, and reports the target of a broken one", async () => {
    write("common/app.Dockerfile");
    write("app/x");
    symlinkSync("../common/app.Dockerfile", join(root, "app/Dockerfile"));
    const file = write("layerkeep.yml", "variants: {app: {context: app}}");
    expect(await problems(file)).toEqual([]);
    rmSync(join(root, "common/app.Dockerfile"));
    expect(await problems(file)).toEqual([
      '1:12: the Dockerfile "app/Dockerfile" is a symbolic link to "../common/app.Dockerfile", which does not exist (link it to a file in this checkout)',
    ]);
  });

  it("accepts paths that lead out of the config's folder", async () => {
    write("Dockerfile");
    const file = write(".ci/layerkeep.yml", "variants: {app: {context: ..}}");
    const config = await loadConfig({ file, vars: {} });
    expect(config.variants[0]).toMatchObject({ context: "..", dockerfile: "../Dockerfile" });
  });

  it("reports what does not exist, at the key that names it, with a near match", async () => {
    write("server/Dockerfile");
    write("server/Dockerfile.gpu");
    write("docker/app.Dockerfile");
    write("file");
    const file = write(
      "layerkeep.yml",
      `defaults: {context: server}
variants:
  a: {context: sever}
  b: {dockerfile: server/Dokerfile}
  c: {dockerfile: Dockerfile.gpu}
  d: {context: docker}
  e: {context: file}
  f: {dockerfile: server}
  g: {contexts: {lib: lib}, platforms: [x]}
`,
    );
    expect(await problems(file)).toEqual([
      '3:16: the context "sever" does not exist (did you mean "server"?)',
      '4:19: the Dockerfile "server/Dokerfile" does not exist (did you mean "server/Dockerfile"?)',
      '5:19: the Dockerfile "Dockerfile.gpu" does not exist (paths are relative to the config\'s folder: use server/Dockerfile.gpu)',
      '6:3: the Dockerfile "docker/Dockerfile" does not exist (found docker/app.Dockerfile)',
      '7:16: the context "file" is not a folder',
      '8:19: the Dockerfile "server" is not a file',
      '9:23: the context lib "lib" does not exist',
      '9:41: "x" is not a platform (use os/architecture or os/architecture/variant, such as linux/amd64, linux/arm64 or linux/arm/v7)',
    ]);
  });

  it("reports a mistake in a default once, at the default", async () => {
    write("Dockerfile");
    const file = write("layerkeep.yml", "defaults: {dockerfile: x}\nvariants: {a: , b: }");
    expect(await problems(file)).toEqual([
      '1:24: the Dockerfile "x" does not exist (found Dockerfile)',
    ]);
  });

  it("rejects what it cannot read as a file", async () => {
    const folder = join(root, "folder");
    mkdirSync(folder);
    expect(await problems(join(root, "none.yml"))).toEqual([
      "the config cannot be read: no such file",
    ]);
    expect(await problems(folder)).toEqual(["the config cannot be read: it is a folder"]);
    expect(await problems(write("binary.yml", Uint8Array.of(0x61, 0xff)))).toEqual([
      "the file is not UTF-8 text",
    ]);
    expect(await problems(write("large.yml", "#".repeat((1 << 20) + 1)))).toEqual([
      "the file is larger than 1 MiB",
    ]);
  });
});
