import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../../config/duration.ts";
import { parseKept } from "../../config/cache/retention.ts";
import { parseSize } from "../../config/size.ts";
import { UsageError } from "../../errors.ts";
import type { GlobalOptions } from "../io.ts";

/** Tells the process how a command ended. */
export type Done = (exitCode: number) => void;

/** A command with the flags that all take. */
export function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option("-c, --config <file>", "the config (default: layerkeep.yml here or in a folder above)")
    .addOption(
      new Option("--var <name=value>", "set a variable of the config; may be given again")
        .argParser(collectVariable)
        .default({}, "none"),
    )
    .option("--json", "print the result as JSON", false)
    .option("-q, --quiet", "print results and errors alone", false)
    .option("--no-color", "no colour (NO_COLOR does the same)");
}

/** The flags of commands that make a plan. */
export function planning(parent: Command): Command {
  return parent
    .option("--force [leg...]", "build although it is staged: these legs, or all")
    .option("--cold [leg...]", "like --force, and leave caches aside, too")
    .option("--refresh", "begin a new epoch")
    .option("--write", "outside CI: write to the registries that the config names");
}

/** The flag of commands that take a plan that was made. */
export function planned(parent: Command): Command {
  return parent.option(
    "--plan <file>",
    "a plan that `layerkeep plan` wrote; nothing is resolved again",
  );
}

/** The flags of commands that build. */
export function building(parent: Command): Command {
  return parent
    .option("-j, --jobs <number>", "builds that run at once", parseJobs, 4)
    .option(
      "--builder <name>",
      "the buildx builder (default: the config's, BUILDX_BUILDER, the current one)",
    )
    .option("--dry-run", "say what would be built, and build nothing");
}

function collectVariable(
  text: string,
  previous: GlobalOptions["var"],
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("Write NAME=value.");
  return { ...previous, [name]: value };
}

/** A number of up to three digits. For options of the command line. */
export function parseJobs(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("Write a number from 1 to 999.");
  return Number(text);
}

/** A number of up to five digits. For options of the command line. */
export function parseMost(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new InvalidArgumentError("Write a number from 1 to 99999.");
  }
  return Number(text);
}

export const duration = asOption(parseDuration);
export const size = asOption(parseSize);
export const kept = asOption(parseKept);

/** A parser of the config's as the command line wants it. */
function asOption<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new InvalidArgumentError(error.message);
    }
  };
}

/** Gathers an option that may be given again. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** An example for the end of a help text. */
export function example(line: string): string {
  return `\nExample:\n  ${line}\n`;
}
