import { spawn } from "node:child_process";
import { CommandError } from "../../src/errors.ts";

interface RunOptions {
  /** What it is run for; the error begins with it. */
  readonly purpose: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
}

const tailLines = 15;

/** Runs a program to its end and returns its stdout. Throws a command error with the tail of what it said. */
export async function run(argv: readonly [string, ...string[]], options: RunOptions) {
  const [file, ...args] = argv;
  return await new Promise<string>((resolve, reject) => {
    const child = spawn(file, args, { env: options.env ?? process.env, cwd: options.cwd });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", (cause) =>
      reject(
        new CommandError({ argv, purpose: options.purpose, stderrTail: String(cause), cause }),
      ),
    );
    child.once("close", (exitCode, signal) => {
      if (exitCode === 0) {
        resolve(stdout);
        return;
      }
      // Some programs, apt among them, tell half of their troubles on stdout.
      const said = stderr.trim() === "" ? stdout : stderr;
      reject(
        new CommandError({
          argv,
          purpose: options.purpose,
          exitCode: exitCode ?? undefined,
          signal: signal ?? undefined,
          stderrTail: tailOf(said, tailLines),
        }),
      );
    });
    // A program that ends without reading its input is not our trouble.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input);
  });
}

/** The last lines of a text. */
export function tailOf(text: string, lines: number): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Does the step, and prints one line with its seconds when it is done. */
export async function timed<T>(label: string, step: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await step();
  console.error(`${label} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return result;
}
