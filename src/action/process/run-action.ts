import { setSecret } from "@actions/core";
import { messageOf } from "../../errors.ts";
import { renderAnnotation } from "../../report/annotation.ts";
import { isSecretName } from "../../secrets.ts";
import { annotate, annotateError } from "../../cli/annotate.ts";
import { harmlessOutput, type Io } from "../../cli/io.ts";
import { runProcess } from "../../cli/process/run-process.ts";
import { type Inputs, readInputs, withoutInputs } from "./inputs.ts";

/**
 * GitHub cancels a job with SIGINT, after 7.5 seconds SIGTERM, and 2.5 seconds later it kills
 * (actions/runner, `ProcessInvoker.cs`).
 */
const stopMs = 7_000;

/** What an action does, and the inputs that it has. */
export interface Action<Name extends string> {
  readonly inputs: readonly Name[];
  /** Returns the exit code. What it needs is imported when it runs. */
  readonly act: (inputs: Inputs<Name>, io: Io) => Promise<number>;
}

/**
 * Runs an action as the process that GitHub starts for it: reads the inputs, turns errors and
 * warnings into annotations, and ends in time if the job is cancelled. Sets the exit code.
 */
export async function runAction<Name extends string>({ inputs, act }: Action<Name>): Promise<void> {
  maskVariables(process.env);
  process.exitCode = await runProcess((io) => act(readInputs(inputs, process.env), io), {
    createIo,
    printError,
    stopMs,
  });
}

/** Everything goes to stdout: the runner reads stderr apart, and would mix up the lines. */
function createIo(signal: AbortSignal): Io {
  const write = (text: string): void => void process.stdout.write(text);
  return {
    env: withoutInputs(process.env),
    cwd: process.cwd(),
    stdin: () => process.stdin,
    ...harmlessOutput(write, write),
    warn: (text) => write(`${renderAnnotation("warning", text)}\n`),
    terminal: undefined,
    pageColumns: () => undefined,
    progress: "plain",
    colour: false,
    now: () => new Date(),
    elapsed: () => 0,
    signal,
  };
}

/** The runner prints an annotation as a line of the log, too. */
function printError(error: unknown, io: Io): void {
  if (io.signal.aborted) annotate("error", messageOf(error), io);
  else annotateError(error, io);
}

/** A shorter value may be a common word, and GitHub drops every output that contains a masked value. */
const shortestSecret = 8;

/** GitHub masks what comes from `secrets`. Variables of the config may hold others. */
function maskVariables(env: NodeJS.ProcessEnv): void {
  const named = Object.entries(env).flatMap(([name, value = ""]) =>
    name.startsWith("LAYERKEEP_VAR_") ? [[name, value] as const] : [],
  );
  const given = (env["INPUT_VARS"] ?? "").split("\n").flatMap((line) => {
    const [, name, value] = /^\s*([^=\s]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.trim()] as const];
  });
  for (const [name, value] of [...named, ...given]) {
    if (isSecretName(name) && value.length >= shortestSecret) setSecret(value);
  }
}
