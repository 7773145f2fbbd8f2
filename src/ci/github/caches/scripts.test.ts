import { execFile } from "node:child_process";
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ccacheScript,
  homebrewScript,
  installScript,
  placesScript,
  statsScript,
} from "./scripts.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-scripts-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const files = { GITHUB_ENV: "env", GITHUB_OUTPUT: "output", CALLS: "calls" } as const;

/** Runs a step's script as GitHub does, and returns what it wrote. */
async function run(script: string, env: Readonly<Record<string, string>> = {}) {
  const given = Object.entries(files).map(([name, file]) => [name, join(folder, file)] as const);
  const { stdout } = await promisify(execFile)(
    "/bin/bash",
    ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
    { env: { PATH: `${folder}:/usr/bin:/bin`, ...Object.fromEntries(given), ...env } },
  );
  const read = (file: string): Promise<string> =>
    readFile(join(folder, file), "utf8").catch(() => "");
  return {
    stdout,
    env: await read("env"),
    output: await read("output"),
    calls: await read("calls"),
  };
}

async function program(name: string, text: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/bash\necho "${name} $*" >> "$CALLS"\n${text}\n`);
  await chmod(file, 0o755);
}

it("the places of caches reach later steps", async () => {
  const { env } = await run(placesScript, {
    NAMES: "GOCACHE CCACHE_DIR",
    GOCACHE: "/t m/go",
    CCACHE_DIR: "/c",
  });
  expect(env).toBe("GOCACHE=/t m/go\nCCACHE_DIR=/c\n");
});

describe("Homebrew", () => {
  const names = { KEPT: "protobuf llvm grpc", FORMULAS: "ccache protobuf llvm grpc" };

  it("is found, with the runner's image", async () => {
    await program("brew", "echo /opt/homebrew");
    const { output } = await run(homebrewScript, { ImageOS: "macos15" });
    expect(output).toBe("prefix=/opt/homebrew\nimage=macos15\n");
    const { output: other } = await run(homebrewScript);
    expect(other).toMatch(/image=\w+-.+\n$/);
  });

  it("links the kegs that were restored before it installs anything, with what they need", async () => {
    // llvm refuses to be linked, as formulas do that would hide the system's own.
    await program(
      "brew",
      '[ "$3" != llvm ] || exit 1\n[ "$1" != deps ] || printf "abseil\\nzstd\\n"',
    );
    await mkdir(join(folder, "Cellar/protobuf"), { recursive: true });
    await mkdir(join(folder, "Cellar/llvm"));
    const { calls, stdout } = await run(installScript, { PREFIX: folder, ...names });
    expect(calls.split("\n")).toEqual([
      "brew link --overwrite protobuf",
      "brew link --overwrite llvm",
      "brew deps --union ccache protobuf llvm grpc",
      "brew install --formula abseil zstd ccache protobuf llvm grpc",
      "",
    ]);
    expect(stdout).toContain("::notice::llvm is not linked");
  });

  it("makes the links of kegs whose links were not restored, and leaves others alone", async () => {
    await program("brew", "true");
    await mkdir(join(folder, "Cellar/protobuf/33.1"), { recursive: true });
    await mkdir(join(folder, "Cellar/llvm/21.1.8"), { recursive: true });
    await mkdir(join(folder, "opt"));
    await symlink("../Cellar/llvm/21.1.8/.", join(folder, "opt/llvm"));
    await run(installScript, { PREFIX: folder, ...names });
    expect(await readlink(join(folder, "opt/protobuf"))).toBe("../Cellar/protobuf/33.1");
    expect(await readlink(join(folder, "opt/llvm"))).toBe("../Cellar/llvm/21.1.8/.");
  });

  it("fails if a formula cannot be installed", async () => {
    await program("brew", '[ "$1" != install ]');
    await expect(run(installScript, { PREFIX: folder, ...names })).rejects.toThrow();
  });
});

describe("ccache", () => {
  it("is used by CMake, and says what it saved", async () => {
    await program("ccache", "true");
    const { env, calls } = await run(`${ccacheScript}${statsScript}`);
    expect(env).toBe("CMAKE_C_COMPILER_LAUNCHER=ccache\nCMAKE_CXX_COMPILER_LAUNCHER=ccache\n");
    expect(calls).toBe("ccache --version\nccache --zero-stats\nccache --show-stats\n");
  });

  it("warns if it is not installed", async () => {
    const { stdout, env } = await run(ccacheScript, { PATH: folder });
    expect(stdout).toContain("::warning::ccache is not installed");
    expect(env).toBe("");
  });
});
