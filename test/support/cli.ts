import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import type { Project } from "./project.ts";
import { until } from "./until.ts";

/** How a run of the command line ended. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly pid: number;
  readonly ended: Promise<CliResult>;
  /** Done when stderr holds it. Throws if the command ends before. */
  saysOnStderr(pattern: RegExp): Promise<void>;
  /** The first line of stdout. */
  firstLine(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export interface CliOptions {
  /** Beside PATH, HOME and XDG_CACHE_HOME, which are the project's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const cli = resolve("dist/cli.js");

/** Runs the built command line in a project, in an environment that holds only what is named. */
export function layerkeep(
  project: Project,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  return startLayerkeep(project, args, options).ended;
}

/** Like `layerkeep`, while it runs. */
export function startLayerkeep(
  { dir, outside }: Project,
  args: readonly string[],
  { env = {}, cwd = dir }: CliOptions = {},
): RunningCli {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    env: { ...cliEnvironment({ outside }), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = closed(child).then(({ code, signal }) => ({ code, signal, stdout, stderr }));
  return {
    pid: child.pid ?? -1,
    ended,
    kill: (signal) => void child.kill(signal),
    async saysOnStderr(pattern) {
      await until(child.stderr, ended, () => pattern.test(stderr));
    },
    async firstLine() {
      await until(child.stdout, ended, () => stdout.includes("\n"));
      return stdout.slice(0, stdout.indexOf("\n"));
    },
  };
}

/** The environment of a project's commands, as far as it is the same for all. */
export function cliEnvironment({ outside }: Pick<Project, "outside">): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: join(outside, "home"),
    XDG_CACHE_HOME: cacheHome({ outside }),
  };
}

/** Where a project's commands keep what lasts: the embedded registry, local records. */
export function cacheHome({ outside }: Pick<Project, "outside">): string {
  return join(outside, "cache");
}

async function closed(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  await once(child, "close");
  return { code: child.exitCode, signal: child.signalCode };
}
