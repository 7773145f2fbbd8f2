import { spawn } from "node:child_process";
import { UsageError } from "../../errors.ts";
import type { Io } from "../io.ts";

/**
 * Runs a command of the user's with these variables besides the environment, and gives its exit code.
 * Throws a usage error if there is no such program.
 */
export function runWith(
  [file = "", ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
  { env, cwd, signal }: Io,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: { ...env, ...variables }, stdio: "inherit" });
    const stop = (): void => void child.kill("SIGTERM");
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (cause) => {
      const hint = "after `--`, pass a program that is in PATH";
      reject(new UsageError(`cannot run ${file}: ${cause.message}`, { cause, hint }));
    });
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(code ?? 1);
    });
  });
}
