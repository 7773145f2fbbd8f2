import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type CliOptions, cliEnvironment } from "./cli.ts";
import type { Project } from "./project.ts";
import { createScreen, type Screen } from "./screen.ts";
import { until } from "./until.ts";

/** A command in a terminal, as a user sees and interrupts it. */
export interface TerminalRun {
  readonly screen: Screen;
  /** Everything that was written so far. */
  readonly output: () => string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  /** Done when what is visible matches. Throws with what is visible if the command ends before. */
  shows(pattern: RegExp): Promise<void>;
  /** Done when what was written since the last keys matches. Throws if the command ends before. */
  says(pattern: RegExp): Promise<void>;
  /** Types keys, such as `ctrlC`. */
  type(keys: string): void;
  /** Makes the window as large: the terminal first, then the command is told. */
  resize(columns: number, rows: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export const ctrlC = "\u0003";
export const enter = "\r";

export interface TerminalOptions extends CliOptions {
  readonly columns?: number;
  readonly rows?: number;
}

/** What to wait for on the terminal, and the keys to type then. */
export type Typed = readonly [said: RegExp, keys: string];

/**
 * Runs the built command line in a pseudo-terminal to its end, and answers what it asks. Gives the
 * exit code and everything that was written.
 */
export async function runInTerminal(
  project: Project,
  args: readonly string[],
  typed: readonly Typed[] = [],
  options: TerminalOptions = {},
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const run = startInTerminal(project, args, options);
  for (const [pattern, keys] of typed) {
    await run.says(pattern);
    run.type(keys);
  }
  return { code: await run.ended, shown: run.output() };
}

const cli = resolve("dist/cli.js");

/** Runs the built command line in a pseudo-terminal. */
export function startInTerminal(
  project: Project,
  args: readonly string[],
  { env = {}, cwd = project.dir, ...size }: TerminalOptions,
): TerminalRun {
  return startLineInTerminal([process.execPath, cli, ...args].map(quote).join(" "), {
    ...size,
    facts: join(project.outside, "terminal"),
    cwd,
    env: { ...cliEnvironment(project), ...env },
  });
}

interface LineOptions extends Pick<TerminalOptions, "columns" | "rows"> {
  /** A file to write, about the terminal. */
  readonly facts: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a command, as a shell reads it, in a pseudo-terminal, by `script` of util-linux. */
export function startLineInTerminal(
  line: string,
  { columns = 100, rows = 40, facts, cwd, env }: LineOptions,
): TerminalRun {
  const command = [
    `stty cols ${columns} rows ${rows}`,
    `echo "$$ $(tty)" > ${quote(facts)}`,
    `exec ${line}`,
  ].join("; ");
  const child = spawn(
    "script",
    ["--quiet", "--flush", "--return", "--command", command, "/dev/null"],
    {
      cwd,
      env: { TERM: "xterm-256color", LC_ALL: "C.UTF-8", ...env },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const screen = createScreen(columns, rows, false);
  let output = "";
  let typedAt = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    screen.write(text);
  });
  let hasEnded = false;
  const ended = once(child, "close").then(() => {
    hasEnded = true;
    child.stdin.destroy();
    return child.exitCode;
  });
  const [pid, tty] = [
    () => Number(readFileSync(facts, "utf8").split(" ")[0]),
    () => readFileSync(facts, "utf8").trim().split(" ")[1] ?? "",
  ];
  return {
    screen,
    output: () => output,
    ended,
    says: (pattern) =>
      until(
        child.stdout,
        ended.then((code) => ({ code, output })),
        () => pattern.test(output.slice(typedAt)),
      ),
    async shows(pattern) {
      for (;;) {
        const isOver = hasEnded;
        const shown = (await screen.rows()).join("\n");
        if (pattern.test(shown)) return;
        if (isOver) throw new Error(`the command has ended, and the screen shows:\n${shown}`);
        await Promise.race([once(child.stdout, "data"), ended]);
      }
    },
    type(keys) {
      typedAt = output.length;
      child.stdin.write(keys);
    },
    async resize(toColumns, toRows) {
      await screen.resize(toColumns, toRows);
      execFileSync("stty", ["-F", tty(), "cols", String(toColumns), "rows", String(toRows)]);
    },
    kill: (signal) => void process.kill(pid(), signal),
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
