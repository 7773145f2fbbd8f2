import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "vitest";
import { startLineInTerminal } from "../../support/pseudo-terminal.ts";
import type { Machine } from "./machine.ts";
import type { Chapter, Expected, Step } from "./step.ts";

interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Place = Pick<Chapter, "folder" | "env" | "user">;

/** Types what the step says, and compares what came of it. */
export async function takeStep(machine: Machine, place: Place, step: Step): Promise<void> {
  const output = await (step.terminal === undefined ? inShell : inTerminal)(machine, place, step);
  const { code, stdout, stderr } = output;
  const all = `${stdout}\n${stderr}`;
  const found = {
    code,
    missing: [...missing(stdout, step.prints), ...missing(stderr, step.says)],
    unwanted: (step.never ?? []).filter((text) => contains(all, text)),
  };
  const right = { code: step.exits ?? 0, missing: [], unwanted: [] };
  expect(found, `$ ${step.types}\n${all}`).toEqual(right);
  for (const [name, pattern] of Object.entries(step.keeps ?? {})) {
    const value = pattern.exec(all)?.[1];
    expect(value, `${String(pattern)} in ${all}`).toBeDefined();
    machine.env[name] = value ?? "";
  }
}

function missing(text: string, expected: readonly Expected[] = []): readonly Expected[] {
  return expected.filter((part) => !contains(text, part));
}

function contains(text: string, part: Expected): boolean {
  return typeof part === "string" ? text.includes(part) : part.test(text);
}

async function inShell(machine: Machine, place: Place, { types }: Step): Promise<Output> {
  const words = [...prefix(machine, place), "bash", "-o", "pipefail", "-c", types];
  const { cwd, env } = surroundings(machine, place);
  const child = spawn("env", words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** Milliseconds. If what a step waits for is never shown, the command is ended, and its screen printed. */
const longestWait = 120_000;

async function inTerminal(
  machine: Machine,
  place: Place,
  { types, terminal = { columns: 80, rows: 24 } }: Step,
): Promise<Output> {
  const run = startLineInTerminal(types, {
    ...terminal,
    ...surroundings(machine, place),
    facts: join(machine.root, "terminal"),
  });
  const limit = setTimeout(() => run.kill("SIGKILL"), longestWait);
  try {
    for (const [shown, keys] of terminal.keys ?? []) {
      await run.shows(shown);
      run.type(keys);
    }
    const code = await run.ended;
    return { code, stdout: (await run.screen.lines()).join("\n"), stderr: "" };
  } finally {
    clearTimeout(limit);
  }
}

function prefix({ colleague }: Machine, { user }: Place): readonly string[] {
  return user === "colleague" ? colleague.prefix : [];
}

function surroundings(
  { root, env, colleague }: Machine,
  { folder, env: more, user }: Place,
): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  return {
    cwd: join(root, folder),
    env: { ...(user === undefined ? env : colleague.env), ...more },
  };
}
