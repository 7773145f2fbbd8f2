import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readActionFile } from "../../scripts/action-docs.ts";
import type { Project } from "./project.ts";
import { until } from "./until.ts";
import { inputEnv } from "./workflows/actions/javascript.ts";
import { type CommandFiles, createCommandFiles } from "./workflows/steps/command-files.ts";

/** How a step that uses one of our actions ended. */
export interface ActionResult {
  readonly code: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  /** What it exported to later steps. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders that it added to the PATH of later steps. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly log: string;
  /** What it wrote to stderr, which should be nothing. */
  readonly stderr: string;
}

export interface ActionStep {
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningAction {
  readonly ended: Promise<ActionResult>;
  /** Done when the log holds the text. Throws if the action ends before. */
  prints(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs an action from the committed bundle, as GitHub's runner does by its action.yml. */
export function runAction(
  project: Project,
  name: string,
  step: ActionStep = {},
): Promise<ActionResult> {
  return startAction(project, name, step).ended;
}

/** Like `runAction`, while it runs. */
export function startAction(
  { dir, outside }: Project,
  name: string,
  { with: given = {}, env = {} }: ActionStep,
): RunningAction {
  const { inputs, runs } = readActionFile(name);
  const all: Record<string, string> = {};
  for (const [input, { default: value = "" }] of Object.entries(inputs)) all[input] = value;
  Object.assign(all, given);
  const temporary = join(outside, "runner-temp");
  mkdirSync(temporary, { recursive: true });
  const files = createCommandFiles(temporary);
  const main = resolve(dirname(`actions/${name}/action.yml`), runs.main);
  const child = spawn(process.execPath, [main], {
    cwd: dir,
    env: {
      PATH: process.env["PATH"],
      HOME: join(outside, "home"),
      XDG_CACHE_HOME: join(outside, "cache"),
      RUNNER_TEMP: temporary,
      GITHUB_WORKSPACE: dir,
      ...env,
      ...files.env,
      ...inputEnv(all),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (log += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(() => ({
    code: child.exitCode,
    outputs: declaredOutputs(name, files),
    env: Object.fromEntries(files.pairs("ENV")),
    path: files.read("PATH").split("\n").filter(Boolean),
    summary: files.read("STEP_SUMMARY"),
    log,
    stderr,
  }));
  return {
    ended,
    prints: (text) => until(child.stdout, ended, () => log.includes(text)),
    kill: (signal) => void child.kill(signal),
  };
}

/** GitHub passes on any output, but ours must all be in the action.yml. */
function declaredOutputs(name: string, files: CommandFiles): Readonly<Record<string, string>> {
  const declared = Object.keys(readActionFile(name).outputs);
  const pairs = files.pairs("OUTPUT");
  const unknown = pairs.map(([output]) => output).filter((output) => !declared.includes(output));
  if (unknown.length > 0) {
    throw new Error(`not an output in the action.yml of ${name}: ${unknown.join(", ")}`);
  }
  return Object.fromEntries(pairs);
}
