import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exec } from "../../exec.ts";
import { findBuildx } from "./buildx.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-buildx-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(path: string, mode = 0o755): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, mode);
  return file;
}

test("finds the plugin in the Docker config's folder first, as Docker does", async () => {
  const own = program("config/cli-plugins/docker-buildx");
  const env = { DOCKER_CONFIG: join(folder, "config"), PATH: dirname(program("bin/buildx")) };
  expect(await findBuildx(env, exec)).toEqual({ path: own, env, exec });
});

test("without DOCKER_CONFIG it looks in the home folder", async () => {
  const own = program("home/.docker/cli-plugins/docker-buildx");
  expect(await findBuildx({ HOME: join(folder, "home") }, exec)).toMatchObject({ path: own });
});

test("looks in the folders that the Docker config adds", async () => {
  const extra = program("extra/docker-buildx");
  const config = join(folder, "config");
  mkdirSync(config);
  writeFileSync(
    join(config, "config.json"),
    JSON.stringify({ cliPluginsExtraDirs: [join(folder, "extra")] }),
  );
  expect(await findBuildx({ DOCKER_CONFIG: config }, exec)).toMatchObject({ path: extra });
});

test.each(["{", "[]", '{"cliPluginsExtraDirs":7}'])(
  "ignores a Docker config of another shape (%s), and a plugin that cannot be run",
  async (text) => {
    const config = join(folder, "config");
    program("config/cli-plugins/docker-buildx", 0o644);
    writeFileSync(join(config, "config.json"), text);
    const found = await findBuildx({ DOCKER_CONFIG: config, PATH: "" }, exec).catch(
      (error: unknown) => error,
    );
    // If the machine has buildx, that is found instead.
    expect(found).not.toMatchObject({ path: join(config, "cli-plugins/docker-buildx") });
  },
);

test("ignores an empty DOCKER_CONFIG, and a folder with the plugin's name", async () => {
  mkdirSync(join(folder, "home/.docker/cli-plugins/docker-buildx"), { recursive: true });
  const extra = program("extra/docker-buildx");
  writeFileSync(
    join(folder, "home/.docker/config.json"),
    JSON.stringify({ cliPluginsExtraDirs: [dirname(extra)] }),
  );
  const env = { DOCKER_CONFIG: "", HOME: join(folder, "home") };
  expect(await findBuildx(env, exec)).toMatchObject({ path: extra });
});
