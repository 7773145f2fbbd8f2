import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Command } from "commander";
import { testIo } from "../support/io.ts";
import { createProgram } from "../../src/cli/program/create-program.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const program = createProgram({ io: testIo().io, done: () => undefined });

/** The rows of the table of commands: the first command that a row names, and its text. */
const rows = [...readme.matchAll(/^\| `layerkeep ([a-z][a-z -]+)`(.*?) \| (.+) \|$/gm)].map(
  ([, words = "", others = "", text = ""]) => ({
    words: words.split(" "),
    isGroup: others.includes("`"),
    text: text.replaceAll("`", ""),
  }),
);

const find = (words: readonly string[]): Command | undefined =>
  words.reduce<Command | undefined>(
    (parent, word) => parent?.commands.find((one) => one.name() === word),
    program,
  );

it.each(rows.filter(({ words }) => words[0] !== "help"))(
  "the README describes $words as its help does",
  ({ words, isGroup, text }) => {
    // A row with several commands has the summary of their group.
    const command = find(isGroup ? words.slice(0, -1) : words);
    expect(command?.summary()).toBeTruthy();
    expect(text.startsWith(command?.summary() ?? "?")).toBe(true);
  },
);

it("the README's table names every command of `layerkeep --help`", () => {
  const named = rows.map(({ words }) => words[0]);
  const visible = program.createHelp().visibleCommands(program);
  expect(new Set(visible.map((one) => one.name()))).toEqual(new Set(named));
});
