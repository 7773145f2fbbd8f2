import { endGroup, startGroup } from "@actions/core";
import { UsageError } from "../../errors.ts";
import { harmless } from "../../harmless.ts";
import { redactArguments } from "../../secrets.ts";
import type { Io } from "../../cli/io.ts";
import type { Inputs } from "./inputs.ts";

const usageExitCode = 2;

/** Inputs that the actions which run a command share. */
export const commonInputs = ["config", "vars"] as const;
/** Inputs that choose a plan that was made before. */
export const plannedInputs = ["plan", "plan-digest"] as const;

/**
 * Runs a command of the command line in this process. Its progress is a group of the log, which ends
 * when the command prints its result, a failure or an error. Returns the exit code.
 */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  const { runProgram } = await import("../../cli/program/create-program.ts");
  let isOpen = true;
  let said = "";
  startGroup(harmless(`layerkeep ${redactArguments(argv).join(" ")}`));
  const close = (): void => {
    if (isOpen) endGroup();
    isOpen = false;
  };
  const closing =
    (write: (text: string) => void) =>
    (text: string): void => {
      close();
      write(text);
    };
  const err = (text: string): void => {
    if (text.startsWith("error: ")) said = text.slice("error: ".length);
    io.err(text);
  };
  try {
    const code = await runProgram(argv, {
      ...io,
      err,
      out: closing(io.out),
      draw: closing(io.draw),
    });
    // Flags that were refused are printed, and not thrown.
    if (code === usageExitCode) throw new UsageError(said.trim());
    return code;
  } finally {
    close();
  }
}

/** The flags of inputs that are flags of the same name: `--config=layerkeep.yml`. */
export function flagsOf<Name extends string>(
  inputs: Inputs<Name>,
  names: readonly Name[],
): readonly string[] {
  return names.flatMap((name) => {
    const value = inputs.text(name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
}

/** The flags of lines `NAME=value`. */
export function variableFlags(lines: readonly string[]): readonly string[] {
  return Object.entries(variablesOf(lines)).map(([name, value]) => `--var=${name}=${value}`);
}

/** The variables of lines `NAME=value`. Throws a usage error for any other line. */
export function variablesOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const pairs = lines.map((line) => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) return [name, value] as const;
    throw new UsageError(`each line of the input "vars" must have the form NAME=value`);
  });
  return Object.fromEntries(pairs);
}

/** The words of an input that are arguments. Throws a usage error for one that would be a flag. */
export function namesOf<Name extends string>(inputs: Inputs<Name>, name: Name): readonly string[] {
  const words = inputs.words(name);
  const flag = words.find((word) => word.startsWith("-"));
  if (flag === undefined) return words;
  throw new UsageError(`the input ${name} contains "${flag}", which is not a name`);
}
