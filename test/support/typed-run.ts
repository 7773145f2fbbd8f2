import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { cacheHome } from "./cli.ts";
import type { Project } from "./project.ts";
import { until } from "./until.ts";

/** What to wait for on the terminal, and the keys to type then. */
export type Typed = readonly [shown: RegExp, keys: string];

export const enter = "\r";
export const ctrlC = "\u0003";

/**
 * Runs the built command line in a pseudo-terminal of 100 columns, by `script` of util-linux, and
 * answers what it asks. Gives the exit code and everything that was shown.
 */
export async function answer(
  project: Project,
  args: readonly string[],
  typed: readonly Typed[],
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const command = [process.execPath, resolve("dist/cli.js"), ...args].map((word) => `'${word}'`);
  const line = `stty cols 100 rows 40; exec ${command.join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
    cwd: project.dir,
    env: {
      PATH: process.env["PATH"],
      HOME: join(project.outside, "home"),
      XDG_CACHE_HOME: cacheHome(project),
      TERM: "xterm",
      LC_ALL: "C.UTF-8",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
  const ended = once(child, "close");
  let seen = 0;
  for (const [pattern, keys] of typed) {
    await until(child.stdout, ended, () => pattern.test(shown.slice(seen)));
    seen = shown.length;
    child.stdin.write(keys);
  }
  await ended;
  child.stdin.destroy();
  return { code: child.exitCode, shown };
}
