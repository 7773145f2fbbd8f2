import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { UsageError } from "../../errors.ts";
import { version } from "../../version.ts";
import { createProgram, runProgram } from "./create-program.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-program-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<Ran> {
  const { io, out, err } = testIo({ cwd: folder });
  const code = await runProgram(argv, io);
  return { code, out: out(), err: err() };
}

const commands = [
  ["init"],
  ["plan"],
  ["build"],
  ["publish"],
  ["up"],
  ["registry"],
  ["registry", "serve"],
  ["completion"],
];

describe("what is asked for is printed as a result", () => {
  it.each(["--version", "-V"])("%s", async (flag) => {
    expect(await run(flag)).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it("--help names every command and shows what to begin with", async () => {
    const { code, out, err } = await run("--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const [name = ""] of commands) expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    expect(out).toContain("\nExamples:\n  layerkeep init\n");
  });

  it.each(commands.filter((command) => command.join() !== "registry"))(
    "%s %s --help, with an example",
    async (...words) => {
      const { code, out, err } = await run(...words, "--help");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toContain(`\nExample:\n  layerkeep ${words.join(" ")}`);
    },
  );
});

describe("a usage error exits with 2, and what is wrong is on stderr", () => {
  it.each<[string[], RegExp]>([
    [[], /^Usage: layerkeep /],
    [["registry"], /^Usage: layerkeep registry /],
    [["biuld"], /unknown command 'biuld'\n\(Did you mean build\?\)/],
    [["plan", "--explian"], /unknown option '--explian'\n\(Did you mean --explain\?\)/],
    [["plan", "extra"], /too many arguments for 'plan'/],
    [["build", "--plan"], /option '--plan <file>' argument missing/],
    [["build", "--jobs", "0"], /argument '0' is invalid\. Write a number from 1 to 999\./],
    [["build", "--jobs", "1e3"], /argument '1e3' is invalid/],
    [["build", "--jobs", "1000"], /argument '1000' is invalid/],
    [["plan", "--var", "noequals"], /argument 'noequals' is invalid\. Write NAME=value\./],
    [["plan", "--var", "1x=a"], /argument '1x=a' is invalid/],
    [["completion"], /missing required argument 'shell'/],
  ])("layerkeep %s", async (argv, message) => {
    const { code, out, err } = await run(...argv);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });
});

it("hands on what a command throws, for who ends the process", async () => {
  await expect(run("completion", "tcsh")).rejects.toThrow(UsageError);
  await expect(run("plan")).rejects.toThrow(UsageError);
});

it("gives each command's own exit code, and hands over its flags", async () => {
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\n");
  const printed = await run("init", "--stdout");
  expect(printed).toMatchObject({ code: 0 });
  expect(printed.out).toContain("\nvariants:\n");
  expect(await run("init")).toMatchObject({ code: 0 });
  expect(await readFile(join(folder, "layerkeep.yml"), "utf8")).toBe(printed.out);
  await expect(run("init")).rejects.toThrow(UsageError);
});

it("takes --var again and again, with = and line breaks in its value", () => {
  const program = createProgram({ io: testIo().io, done: () => undefined });
  const plan = program.commands.find((command) => command.name() === "plan");
  const parsed = plan?.parseOptions(["--var", "A=1", "--var", "B=x=y\nz", "--var", "A=2"]);
  expect(parsed?.unknown).toEqual([]);
  expect(plan?.opts()).toMatchObject({ var: { A: "2", B: "x=y\nz" } });
});
