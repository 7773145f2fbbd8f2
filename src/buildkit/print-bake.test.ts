import { join } from "node:path";
import { expect, it } from "vitest";
import { fakeBuildx } from "../../test/support/fake-buildx.ts";
import { systemEnv } from "../../test/support/system-env.ts";
import { CommandError, UsageError } from "../errors.ts";
import { printBake } from "./print-bake.ts";

const request = {
  file: "/app/docker-bake.hcl",
  folder: "/",
  targets: ["a", "b"],
  vars: { TAG: "v1" },
};

it("runs bake with the file's variables, and without variables of the environment that could be secrets", async () => {
  using fake = fakeBuildx("env | sort", { GITHUB_TOKEN: "secret", DOCKER_CONFIG: "/d", TAG: "x" });
  const printed = await printBake(fake.buildx, request);
  expect(fake.asked()).toEqual(["bake --print --file=/app/docker-bake.hcl a b"]);
  const names = printed.split("\n").map((line) => line.split("=")[0] ?? "");
  // Variables that a shell sets itself.
  const own = ["PWD", "OLDPWD", "SHLVL", "_", ""];
  const given = ["PATH", "HOME", "TMPDIR"].filter((name) => name in systemEnv);
  expect(names.filter((name) => !own.includes(name)).sort()).toEqual(
    [...new Set([...given, "DOCKER_CONFIG", "TAG"])].sort(),
  );
  expect(printed).toContain("TAG=v1\n");
});

it("runs in the given folder", async () => {
  using fake = fakeBuildx("pwd -P");
  expect(await printBake(fake.buildx, { ...request, folder: join("/", "usr") })).toBe("/usr\n");
});

it("reports bake's own error about the file", async () => {
  const script = "echo 'a.hcl:1' >&2; echo 'ERROR: a.hcl:1,26-34: no such function' >&2; exit 1";
  using fake = fakeBuildx(script);
  const failing = printBake(fake.buildx, request);
  await expect(failing).rejects.toThrow(UsageError);
  await expect(failing).rejects.toThrow(
    /^bake rejected the file: a\.hcl:1,26-34: no such function$/,
  );
});

it("merges a second file with the first", async () => {
  using fake = fakeBuildx("true");
  await printBake(fake.buildx, { ...request, more: "/app/more.hcl" });
  expect(fake.asked()).toEqual([
    "bake --print --file=/app/docker-bake.hcl --file=/app/more.hcl a b",
  ]);
});

it.each([
  [
    "failed to convert agent config {default [] false}: invalid empty ssh agent socket",
    "bake needs an ssh agent even with --print: start one, for example with `eval $(ssh-agent)`",
  ],
  [
    "failed to stat nope/file: stat nope/file: no such file or directory",
    "bake needs the secret file even with --print: create it (for a plan, it can be empty)",
  ],
])("gives a hint about what bake needs to print: %s", async (said, hint) => {
  using fake = fakeBuildx(`echo 'ERROR: ${said}' >&2; exit 1`);
  await expect(printBake(fake.buildx, request)).rejects.toMatchObject({
    message: `bake rejected the file: ${said}`,
    hint,
  });
});

it("fails if it cannot be run", async () => {
  using fake = fakeBuildx("kill -9 $$");
  await expect(printBake(fake.buildx, request)).rejects.toThrow(CommandError);
});
