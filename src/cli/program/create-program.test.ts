import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
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

const program = createProgram({ io: testIo().io, done: () => undefined });
/** Every command and group, by the words that name it. */
const all = commandsBelow(program, []);
const commands = all.filter(
  ({ command }) => command.commands.length === 0 && command.name() !== "help",
);
const hidden = ["complete"];

function commandsBelow(
  parent: Command,
  path: readonly string[],
): readonly { readonly words: readonly string[]; readonly command: Command }[] {
  return parent.commands.flatMap((command) => {
    const words = [...path, command.name()];
    return [{ words, command }, ...commandsBelow(command, words)];
  });
}

describe("help and version are printed as results", () => {
  it.each(["--version", "-V"])("%s", async (flag) => {
    expect(await run(flag)).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it("--help names every command and shows where to start", async () => {
    const { code, out, err } = await run("--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const { words } of all.filter(
      ({ words }) => words.length === 1 && !hidden.includes(words.join()),
    ))
      expect(out).toMatch(new RegExp(`^  ${words.join()}\\b`, "m"));
    expect(out).toContain("\nExamples:\n  layerkeep init\n");
  });

  it.each(commands.map(({ words }) => words.join(" ")))(
    "%s --help, with an example",
    async (words) => {
      const { code, out, err } = await run(...words.split(" "), "--help");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toMatch(/^  -h, --help +print this help$/m);
      expect(out).toMatch(new RegExp(`\nExample:\n  layerkeep ${words}(?: .+)?\n$`));
    },
  );

  it("each example is a command line that the command takes", () => {
    const exampleOf = (words: readonly string[]): string => {
      let help = "";
      const output = { writeOut: (text: string) => void (help += text) };
      find(words).configureOutput(output).outputHelp();
      return /\nExample:\n  layerkeep (.+)\n$/.exec(help)?.[1]?.replace(/ > .*/, "") ?? "";
    };
    for (const { words } of commands) {
      const given = exampleOf(words).split(" ").slice(words.length);
      expect(find(words).parseOptions(given).unknown, words.join(" ")).toEqual([]);
    }
  });

  it("each summary and flag begins in lower case, and is no sentence", () => {
    const texts = all.flatMap(({ command }) => [
      command.summary(),
      ...command.options.map(({ description }) => description),
    ]);
    expect(texts.filter((text) => !/^(?:[a-z]|CI |TLS |BuildKit).*[^.]$/.test(text))).toEqual([]);
  });
});

it.each([[[]], [["registry"]], [["cache", "gha"]]])(
  "prints the help on stderr, and exits with 2, without a command: %j",
  async (words: readonly string[]) => {
    const { code, out, err } = await run(...words);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(new RegExp(`^Usage: ${["layerkeep", ...words].join(" ")} `));
  },
);

describe("a command line that is not right is a usage error with a hint", () => {
  it.each<[string[], string, string]>([
    [["biuld"], "unknown command 'biuld'", "did you mean build?"],
    [["frobnicate"], "unknown command 'frobnicate'", "see `layerkeep --help`"],
    [["cache", "lss"], "unknown command 'lss'", "did you mean ls?"],
    [["plan", "--explian"], "unknown option '--explian'", "did you mean --explain?"],
    [["cache", "ls", "--zzzzz"], "unknown option '--zzzzz'", "see `layerkeep cache ls --help`"],
    [["help", "cach"], 'unknown command "cach"', 'did you mean "cache"?'],
    [["help", "up", "x"], 'unknown command "x"', '`layerkeep up` has no subcommands: remove "x"'],
  ])("layerkeep %s", async (argv, message, hint) => {
    await expect(run(...argv)).rejects.toMatchObject({ code: "usage", message, hint });
  });

  it.each<[string[], RegExp]>([
    [["init", "extra"], /^too many arguments for 'init'/],
    [["build", "--plan"], /^option '--plan <file>' argument missing$/],
    [["build", "--jobs", "0"], /argument '0' is invalid\. Use an integer from 1 to 999\.$/],
    [["build", "--jobs", "1e3"], /argument '1e3' is invalid/],
    [["build", "--jobs", "1000"], /argument '1000' is invalid/],
    [["plan", "--var", "noequals"], /argument 'noequals' is invalid\. Use NAME=value\./],
    [["plan", "--var", "1x=a"], /argument '1x=a' is invalid/],
    [["completion"], /^missing required argument 'shell'$/],
    [["completion", "tcsh"], /^value 'tcsh' is invalid for argument 'shell'\. Allowed choices/],
    [["cache", "merge", "a", "b"], /required option '-o, --output <target>' not specified/],
    [
      ["engine", "gc", "--disk", "9"],
      /Use a number with MB, GB, TB, MiB, GiB or TiB, such as 20GB\./,
    ],
    [["registry", "serve", "--auth", "x"], /Allowed choices are basic, token\./],
  ])("layerkeep %s", async (argv, message) => {
    await expect(run(...argv)).rejects.toThrow(message);
    await expect(run(...argv)).rejects.toThrow(UsageError);
  });
});

describe("help", () => {
  it.each([
    [["help"], ["--help"]],
    [
      ["help", "cache"],
      ["cache", "--help"],
    ],
    [
      ["help", "cache", "gha", "ls"],
      ["cache", "gha", "ls", "--help"],
    ],
    [
      ["cache", "help", "ls"],
      ["cache", "ls", "--help"],
    ],
    [
      ["cache", "help"],
      ["cache", "--help"],
    ],
  ])("%j prints what %j prints", async (help, flag) => {
    expect(await run(...help)).toEqual(await run(...flag));
  });

  it("shows a command's own flags first, then shared ones by what they are for", async () => {
    const { out } = await run("up", "--help");
    const headings = out.split("\n").filter((line) => /^\S.*:$/.test(line));
    expect(headings).toEqual([
      "Arguments:",
      "Options:",
      "Plan options:",
      "Selection options:",
      "Build options:",
      "Publish options:",
      "Progress options:",
      "Config options:",
      "General options:",
      "Example:",
    ]);
  });

  it.each(commands.map(({ words }) => words.join(" ")))(
    "%s --help fits into 80 columns, but for the example",
    async (words) => {
      const { out } = await run(...words.split(" "), "--help");
      const [text = ""] = out.split("\nExample:\n");
      expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );
});

/** A flag of a command that does nothing is worse than none. */
describe("flags that several commands have", () => {
  const has = (flag: string): string[] =>
    commands
      .filter(({ command }) => command.options.some(({ long }) => long === flag))
      .map(({ words }) => words.join(" "));

  it("--config and --var are only of commands that read or write a config", () => {
    const others = [
      ...["lint", "engine du", "engine prune", "engine gc", "completion", "complete"],
      ...["registry serve", "registry collect", "registry check", "cache serve-gha"],
      ...["registry status", "registry stop"],
      ...["cache gha ls", "cache gha prune"],
    ];
    const all = commands.map(({ words }) => words.join(" "));
    expect(all.filter((name) => !has("--config").includes(name)).sort()).toEqual(others.sort());
    const writers = ["init", "import github", "import gitlab", "import bake"];
    expect(has("--config").filter((name) => !has("--var").includes(name))).toEqual(writers);
  });

  it("--quiet is only of commands that print progress or notes", () => {
    expect(has("--quiet").sort()).toEqual(
      [
        ...["affected", "build", "plan", "publish", "up", "load", "init"],
        ...["doctor registry"],
        ...["import github", "import gitlab", "import bake", "engine gc", "cache serve-gha"],
        ...["registry serve", "registry collect", "registry check", "dir save", "dir restore"],
        ...["dir serve", "dir diff"],
      ].sort(),
    );
  });
});

it("passes on what a command throws", async () => {
  await expect(run("plan")).rejects.toThrow(UsageError);
});

it.each([
  [["plan", "--shards", "2"], "--shards needs --matrix"],
  [["plan", "--max-jobs", "2"], "--max-jobs needs --matrix"],
  [["registry", "check", "--from", "ghcr.io"], "--from needs --repair"],
  [["registry", "serve", "--mirror-size", "1GB"], "--mirror-size needs --mirror"],
  [["registry", "serve", "--lease", "1h"], "--lease needs --collect"],
  [["registry", "serve", "--tls-key", "/dev/null"], "TLS needs both --tls-cert and --tls-key"],
  [["registry", "serve", "--collect", "untagged", "--read-only"], "cannot delete untagged data"],
])("refuses flags that do not go together: %s", async (argv, message) => {
  await expect(run(...argv)).rejects.toThrow(message);
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

it("lets --var be repeated, with = and line breaks in its value", () => {
  const plan = find(["plan"]);
  const parsed = plan.parseOptions(["--var", "A=1", "--var", "B=x=y\nz", "--var", "A=2"]);
  expect(parsed.unknown).toEqual([]);
  expect(plan.opts()).toMatchObject({ var: { A: "2", B: "x=y\nz" } });
});

/** The command of a new program, which has parsed nothing yet. */
function find(words: readonly string[]): Command {
  const fresh = createProgram({ io: testIo().io, done: () => undefined });
  const found = commandsBelow(fresh, []).find((it) => it.words.join() === words.join());
  if (found === undefined) throw new Error(`there is no command ${words.join(" ")}`);
  return found.command;
}

it("loads only the command line itself before a command runs", async () => {
  const seen = new Set<string>();
  const follow = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = await readFile(file, "utf8");
    for (const [, from = ""] of source.matchAll(
      /^(?:import|export)(?! type)[^;]*? from "([^"]+)"/gm,
    ))
      if (from.startsWith(".")) await follow(join(dirname(file), from));
  };
  await follow("src/cli/program/create-program.ts");
  const outside = [...seen].filter((file) => !/^src\/cli\/(?:program|commands)\//.test(file));
  expect(outside.sort()).toEqual([
    "src/cli/io.ts",
    "src/cli/progress/choose-progress.ts",
    "src/cli/progress/emit-event.ts",
    "src/cli/progress/progress-types.ts",
    "src/cli/show/show-result.ts",
    "src/config/cache/retention.ts",
    "src/config/load/find.ts",
    "src/config/parse-named.ts",
    "src/config/size.ts",
    "src/count.ts",
    "src/duration.ts",
    "src/errors.ts",
    "src/harmless.ts",
    "src/nearest.ts",
    "src/report/progress/progress-event.ts",
    "src/report/terminal/style.ts",
    "src/secrets.ts",
    "src/version.ts",
  ]);
});
