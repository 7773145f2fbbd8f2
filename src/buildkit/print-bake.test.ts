import { join } from "node:path";
import { expect, it } from "vitest";
import { fakeBuildx } from "../../test/support/fake-buildx.ts";
import { systemEnv } from "../../test/support/system-env.ts";
import { CommandError } from "../errors.ts";
import { printBake } from "./print-bake.ts";

const request = {
  file: "/app/docker-bake.hcl",
  folder: "/",
  targets: ["a", "b"],
  vars: { TAG: "v1" },
};

it("runs bake with the file's variables, and nothing of the environment that could be a secret", async () => {
  using fake = fakeBuildx("env | sort", { GITHUB_TOKEN: "secret", DOCKER_CONFIG: "/d", TAG: "x" });
  const printed = await printBake(fake.buildx, request);
  expect(fake.asked()).toEqual(["bake --print --file=/app/docker-bake.hcl a b"]);
  const names = printed.split("\n").map((line) => line.split("=")[0] ?? "");
  // What a shell sets by itself.
  const own = ["PWD", "OLDPWD", "SHLVL", "_", ""];
  const given = ["PATH", "HOME", "TMPDIR"].filter((name) => name in systemEnv);
  expect(names.filter((name) => !own.includes(name)).sort()).toEqual(
    [...new Set([...given, "DOCKER_CONFIG", "TAG"])].sort(),
  );
  expect(printed).toContain("TAG=v1\n");
});

it("runs where it is told to", async () => {
  using fake = fakeBuildx("pwd -P");
  expect(await printBake(fake.buildx, { ...request, folder: join("/", "usr") })).toBe("/usr\n");
});

it("fails with bake's own words", async () => {
  using fake = fakeBuildx("echo 'ERROR: a.hcl:1,26-34: no such function' >&2; exit 1");
  const failing = printBake(fake.buildx, request);
  await expect(failing).rejects.toThrow(CommandError);
  await expect(failing).rejects.toThrow(
    /^reading of docker-bake\.hcl: .* exited with 1\nERROR: a\.hcl:1,26-34: no such function$/,
  );
});
