import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { createProgram } from "../program/create-program.ts";
import { parseShell, printCompletions } from "./complete.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-complete-"));
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\n");
  await writeFile(
    join(folder, "layerkeep.yml"),
    "cache: ghcr.io/acme/cache\nvariants:\n  api: {platforms: [linux/amd64, linux/arm64]}\n  web: {}\n",
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const program = createProgram({ io: testIo().io, done: () => undefined });

/** The lines that are printed for these words, the last of which is being typed. */
async function offered(words: readonly string[], shell = "zsh"): Promise<readonly string[]> {
  const { io, out, err } = testIo({ cwd: folder });
  await printCompletions(parseShell(shell), words, program, io);
  expect(err()).toBe("");
  return out().trimEnd().split("\n");
}

/** The words alone. */
async function words(...typed: string[]): Promise<readonly string[]> {
  const [kind, ...lines] = await offered(typed);
  expect(kind).toBe(":words");
  return lines.map((line) => line.split("\t")[0] ?? "");
}

describe("words", () => {
  it("offers commands with their summaries, but none that is hidden", async () => {
    const lines = await offered([""]);
    expect(lines).toContain("up\tplan, build and publish on this machine");
    expect(lines).toContain("help\tprint the help of a command");
    expect(lines.join("\n")).not.toContain("complete\t");
    expect(await words("registry", "")).toEqual(["status", "stop", "serve", "collect", "check"]);
  });

  it.each<[string[], string[]]>([
    [
      ["help", "cache", "gha", ""],
      ["ls", "prune"],
    ],
    [
      ["cache", "help", "gha", ""],
      ["ls", "prune"],
    ],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["completion", "bash", ""], []],
    [
      ["lint", "--format", ""],
      ["text", "json", "sarif", "github"],
    ],
    [["lint", "--format="], ["text", "json", "sarif", "github"].map((it) => `--format=${it}`)],
    [["nothing", ""], []],
    [["plan", "--nothing="], []],
  ])("%j", async (typed, expected) => {
    expect(await words(...typed)).toEqual(expected);
  });

  it("offers a flag once, unless it can be repeated", async () => {
    const first = await words("build", "--");
    expect(first).toEqual(expect.arrayContaining(["--jobs", "--var", "--force", "--help"]));
    const second = await words("build", "--refresh", "--var", "A=b", "--force", "api", "--");
    expect(second).not.toContain("--refresh");
    expect(second).toEqual(expect.arrayContaining(["--var", "--force"]));
  });

  it("offers no flag that the command does not take, and none after --", async () => {
    expect(await words("lint", "--")).not.toContain("--config");
    expect(await words("cache", "serve-gha", "--", "--")).toEqual([]);
  });
});

describe("values", () => {
  const legs = ["api", "web", "api/linux/amd64", "api/linux/arm64", "web/linux/amd64"];

  it.each<[string[], string[]]>([
    [["build", ""], legs],
    [["build", "--jobs", "2", ""], legs],
    [["build", "api", ""], legs.slice(1)],
    [["up", "--force", ""], legs],
    [["up", "--force", "api", ""], legs],
    [
      ["publish", ""],
      ["api", "web"],
    ],
    [
      ["cache", "rm", "web/linux/amd64", ""],
      [...legs.slice(0, 4), ...cacheTags()],
    ],
    [
      ["cache", "inspect", ""],
      [...legs, ...cacheTags().map((tag) => `ghcr.io/acme/cache:${tag}`)],
    ],
    [["plan", ""], legs],
    [
      ["cache", "inspect", "--platform", ""],
      ["linux/amd64", "linux/arm64"],
    ],
    [["plan", "--runner", ""], []],
  ])("%j", async (typed, expected) => {
    expect(await words(...typed)).toEqual(expected);
  });

  function cacheTags(): string[] {
    return ["cache-api-amd64", "cache-api-arm64", "cache-web-amd64"];
  }

  it("reads the config that the line names", async () => {
    await writeFile(join(folder, "other.yml"), "variants: {only: }\n");
    expect(await words("publish", "--config", "other.yml", "")).toEqual(["only"]);
    expect(await words("publish", "--config=other.yml", "")).toEqual(["only"]);
    expect(await words("publish", "--config", "missing.yml", "")).toEqual([]);
  });

  it("describes the rules of lint", async () => {
    const lines = await offered(["lint", "--rule", ""]);
    expect(lines).toContainEqual(expect.stringMatching(/^shared-cache\t\S/));
  });
});

it.each<[string[], string]>([
  [["plan", "-o", ""], ":files"],
  [["plan", "--output="], ":files"],
  [["import", "bake", ""], ":files"],
  [["registry", "serve", "--root", ""], ":folders"],
  [["cache", "inspect", "--context", ""], ":folders"],
])("%j: the shell completes files", async (typed, kind) => {
  expect(await offered(typed)).toEqual([kind]);
});

describe("bash", () => {
  it("is given what begins with the word, without what it breaks off", async () => {
    expect(await offered(["build", "web"], "bash")).toEqual([":words", "web", "web/linux/amd64"]);
    expect(await offered(["lint", "--format", "=", "s"], "bash")).toEqual([":words", "sarif"]);
    expect(await offered(["lint", "--format", "="], "bash")).toHaveLength(5);
    const broken = ["cache", "inspect", "ghcr.io/acme/cache", ":", "cache-w"];
    expect(await offered(broken, "bash")).toEqual([":words", "cache-web-amd64"]);
  });
});

it("refuses an unknown shell", () => {
  expect(() => parseShell("tcsh")).toThrow('no completion for the shell "tcsh"');
});
