import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readActionFile } from "../../scripts/action-docs.ts";
import type { Project } from "./project.ts";

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
  /** The log so far. */
  log(): string;
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
  const files = mkdtempSync(join(temporary, "commands-"));
  const file = (kind: string): string => {
    writeFileSync(join(files, kind), "");
    return join(files, kind);
  };
  const commands = {
    GITHUB_OUTPUT: file("output"),
    GITHUB_ENV: file("env"),
    GITHUB_PATH: file("path"),
    GITHUB_STEP_SUMMARY: file("summary"),
  };
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
      ...commands,
      ...Object.fromEntries(
        Object.entries(all).map(([input, value]) => [
          `INPUT_${input.replaceAll(" ", "_").toUpperCase()}`,
          value,
        ]),
      ),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (log += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const read = (kind: string): string => readFileSync(join(files, kind), "utf8");
  const ended = once(child, "close").then(() => ({
    code: child.exitCode,
    outputs: parsePairs(read("output")),
    env: parsePairs(read("env")),
    path: read("path").split("\n").filter(Boolean),
    summary: read("summary"),
    log,
    stderr,
  }));
  return { ended, log: () => log, kill: (signal) => void child.kill(signal) };
}

/** `name<<delimiter`, the value, the delimiter (docs.github.com, workflow commands). */
function parsePairs(text: string): Record<string, string> {
  const pairs = text.matchAll(/^([^\n<]+)<<(\S+)\n([^]*?)\n\2$/gm);
  return Object.fromEntries([...pairs].map(([, name = "", , value = ""]) => [name, value]));
}
