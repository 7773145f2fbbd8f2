import { exec, type ExecResult, lastLines, type RunningCommand, startCommand } from "../exec.ts";
import { CommandError, systemCodeOf, UsageError } from "../errors.ts";

/** Where and how to run git. */
export interface GitOptions {
  /** Any folder of the working tree. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Called with a sentence for each thing that could not be determined. */
  readonly note?: ((message: string) => void) | undefined;
  /** In a partial clone, fetch missing objects. */
  readonly lazyFetch?: boolean | undefined;
}

const localTimeoutMs = 60_000;

/**
 * Runs git and returns its result, whatever the exit code; undefined if git is not installed.
 * Throws a command error if a signal or the timeout ends it, and a usage error if git refuses to
 * read the repository because somebody else owns it.
 */
export async function runGit(
  git: GitOptions,
  args: readonly string[],
  timeoutMs = localTimeoutMs,
  maxOutput?: number,
): Promise<ExecResult | undefined> {
  const argv = ["git", ...args];
  const purpose = purposeOf(git);
  try {
    const result = await exec(argv, {
      cwd: git.cwd,
      env: { ...git.env, ...quietEnv, ...(git.lazyFetch === true ? lazyEnv : {}) },
      signal: git.signal,
      timeout: timeoutMs,
      purpose,
      ...(maxOutput === undefined ? {} : { maxOutput }),
    });
    if (result.exitCode === 0 || !result.stderr.includes("dubious ownership")) return result;
    throw new UsageError(`${purpose}: ${firstLine(result.stderr)}`, {
      hint: `run \`git config --global --add safe.directory ${ownedFolder(result.stderr) ?? git.cwd}\` to trust this checkout, which is owned by another user`,
    });
  } catch (error) {
    if (isMissingBinary(error)) return undefined;
    throw error;
  }
}

/** The stdout of a git command, trimmed; undefined if it failed or git is not installed. */
export async function askGit(
  git: GitOptions,
  args: readonly string[],
): Promise<string | undefined> {
  const result = await runGit(git, args);
  return result?.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** Starts git for binary output that may be large; `stdin` is its input. */
export function streamGit(git: GitOptions, args: readonly string[], stdin: string): RunningCommand {
  return startCommand(["git", ...args], {
    cwd: git.cwd,
    env: { ...git.env, ...quietEnv },
    signal: git.signal,
    stdin,
    purpose: purposeOf(git),
  });
}

function purposeOf({ cwd }: GitOptions): string {
  return `reading the git repository at ${cwd}`;
}

/** Git's complaint on one line, without credentials, for a note. */
export function complaintOf(result: ExecResult): string {
  const lines = result.stderr.split("\n").filter((line) => /^(?:fatal|error|remote): ./.test(line));
  const said = lines.length > 0 ? lines.slice(-3) : [lastLines(result.stderr, 1)];
  return said.join("; ").replace(/\/\/[^@/\s]+@/g, "//");
}

const quietEnv = {
  // Messages are matched, so they must not be translated.
  LC_ALL: "C",
  // A CI job that waits for a password would wait forever.
  GIT_TERMINAL_PROMPT: "0",
  // Reading must not take the index's lock from another git process.
  GIT_OPTIONAL_LOCKS: "0",
  // In a partial clone, reading an object must not use the network.
  GIT_NO_LAZY_FETCH: "1",
};

const lazyEnv = { GIT_NO_LAZY_FETCH: "0" };

/** A missing folder fails in the same way, and has no repository either. */
function isMissingBinary(error: unknown): boolean {
  return error instanceof CommandError && systemCodeOf(error.cause) === "ENOENT";
}

function ownedFolder(stderr: string): string | undefined {
  return /dubious ownership in repository at '([^']+)'/.exec(stderr)?.[1];
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
