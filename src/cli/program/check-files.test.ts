import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { UsageError } from "../../errors.ts";
import { createProgram, runProgram } from "./create-program.ts";
import { FileArgument, FileOption, type FileUse } from "./file-use.ts";

/** A command line that needs only a file's name at its end, and what it does with the file. */
interface Line {
  readonly words: readonly string[];
  /** `--plan` or `file`. */
  readonly name: string;
  readonly use: FileUse;
}

const commands = commandsBelow(createProgram({ io: testIo().io, done: () => undefined }), []);
const lines = commands.flatMap(({ words, command }) => linesOf(words, command));

function commandsBelow(
  parent: Command,
  path: readonly string[],
): readonly { readonly words: readonly string[]; readonly command: Command }[] {
  return parent.commands.flatMap((command) => {
    const words = [...path, command.name()];
    return [{ words, command }, ...commandsBelow(command, words)];
  });
}

/** Every flag and argument of a command that names a file. */
function linesOf(path: readonly string[], command: Command): readonly Line[] {
  const flags = command.options.filter((option) => option.mandatory).map(({ long }) => long ?? "");
  const needed = command.registeredArguments.filter((argument) => argument.required);
  const words = [...path, ...needed.map(() => "any"), ...flags.flatMap((flag) => [flag, "any"])];
  return [
    ...command.options.flatMap((option) => {
      if (!(option instanceof FileOption)) return [];
      const name = option.long ?? "";
      return [{ words: [...words, name], name, use: option.use }];
    }),
    ...command.registeredArguments.flatMap((argument) =>
      argument instanceof FileArgument ? [{ words, name: argument.name(), use: argument.use }] : [],
    ),
  ];
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-files-"));
  await mkdir(join(folder, "folder"));
  await writeFile(join(folder, "file"), "");
  await symlink("nowhere/x", join(folder, "dangling"));
  await symlink("loop", join(folder, "loop"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const reads = ["read"];
const writes = ["write"];
const folders = ["folder", "data"];
const all = [...reads, ...writes, ...folders];
const long = "x".repeat(300);

/** A bad name, for which uses of a file it is bad, and what is said. */
const bad: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["missing", [...reads, "folder"], /no such (?:file|folder)$/],
  ["missing/x", [...reads, "folder"], /no such (?:file|folder)$/],
  ["missing/x", writes, /the folder .*\/missing does not exist$/],
  ["folder", [...reads, ...writes], /it is a folder$/],
  ["file", folders, /it is not a folder$/],
  ["file/x", all, /not a folder$/],
  ["dangling", [...reads, "folder"], /it is a link to nowhere\/x, which does not exist$/],
  ["dangling", writes, /the folder .*\/nowhere does not exist$/],
  ["loop", all, /it is a link to itself$/],
  [long, all, /the name is too long$/],
  ["", all, /the name is empty$/],
];

describe.each(lines.map((line) => [`${line.words.join(" ")} ${line.name}`, line] as const))(
  "%s",
  (_, { words, name, use }) => {
    const cases = bad.filter(([bad, uses]) => {
      const isMade = use.makesFolder === true && (bad === "missing/x" || bad === "dangling");
      return uses.includes(use.as) && !isMade;
    });

    it.each(cases)("is not %j", async (file, _, why) => {
      const { io, out, err } = testIo({ cwd: folder });
      const error: unknown = await runProgram([...words, file], io).catch(
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toMatch(new RegExp(`^UsageError: ${name}: cannot (read|write|use) `));
      expect(String(error)).toMatch(why);
      expect(out() + err()).toBe("");
    });

    if (use.standard === true) return;
    it("is not -", async () => {
      const { io } = testIo({ cwd: folder });
      await expect(runProgram([...words, "-"], io)).rejects.toMatchObject({
        message: expect.stringMatching(/- is not supported here$/) as string,
        hint: "pass a path, or ./- for a file named -",
      });
    });
  },
);

it("is of every flag and argument whose placeholder is a file or a folder", () => {
  const isPath = (text: string): boolean => /[<[](?:file|folder|workflow)\b/.test(text);
  for (const { words, command } of commands) {
    for (const option of command.options) {
      const where = `${words.join(" ")} ${option.flags}`;
      expect(option instanceof FileOption, where).toBe(isPath(option.flags));
    }
    for (const argument of command.registeredArguments) {
      const where = `${words.join(" ")} ${argument.name()}`;
      expect(argument instanceof FileArgument, where).toBe(isPath(`<${argument.name()}`));
    }
  }
});

describe("hints", () => {
  const hintOf = async (...argv: string[]): Promise<unknown> => {
    const error: unknown = await runProgram(argv, testIo({ cwd: folder }).io).catch(
      (cause: unknown) => cause,
    );
    return error instanceof UsageError ? error.hint : error;
  };

  it.each([
    [["plan", "-c", "missing.yml"], "run `layerkeep init` to create one"],
    [["build", "--plan", "missing.json"], "create one with `layerkeep plan --output plan.json`"],
    [["plan", "-c", "folder"], "pass the path of a file in it"],
  ])("%j: %s", async (argv, hint) => {
    expect(await hintOf(...argv)).toBe(hint);
  });

  it("names the config in a folder, and the command that makes a folder", async () => {
    await mkdir(join(folder, "app"));
    await writeFile(join(folder, "app", "layerkeep.yml"), "");
    expect(await hintOf("plan", "-c", "app")).toBe("use app/layerkeep.yml");
    expect(await hintOf("plan", "-o", "out/plan.json")).toBe(`create it: mkdir -p ${folder}/out`);
  });
});
