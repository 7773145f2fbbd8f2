import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { manFile, renderMan } from "../../scripts/man.ts";
import { testIo } from "../support/io.ts";
import { createProgram } from "../../src/cli/program/create-program.ts";

it("the manual page that is written is that of the commands", () => {
  // If it is not, run `npx tsx scripts/man.ts`.
  expect(readFileSync(manFile, "utf8")).toBe(renderMan());
});

it("the manual page has every command and group's command, and none that is hidden", () => {
  const page = renderMan();
  const program = createProgram({ io: testIo().io, done: () => undefined });
  for (const command of program.commands.filter(({ commands }) => commands.length === 0)) {
    const isShown = program.createHelp().visibleCommands(program).includes(command);
    expect(page.includes(`\n.SS "layerkeep ${command.name()}`), command.name()).toBe(isShown);
  }
  expect(page).toContain('\n.SS "layerkeep cache gha ls [options]"\n');
});

it("no text of the manual page is a command of roff", () => {
  const commands = new Set([".SH", ".SS", ".TP", ".B", ".I", ".P", ".nf", ".fi", ".TH", '.\\"']);
  const lines = renderMan().split("\n");
  expect(lines.filter((line) => line.startsWith("'"))).toEqual([]);
  const used = lines.filter((line) => line.startsWith(".")).map((line) => line.split(" ")[0] ?? "");
  expect(used.filter((word) => !commands.has(word))).toEqual([]);
});
