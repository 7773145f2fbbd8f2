import { count } from "./count.ts";
import { maskSecrets, redactArguments } from "./secrets.ts";

/**
 * The one family of errors. Each has a stable `code`, which decides the exit code, and a `hint` if
 * there is something to try. A message says what failed, on what, and why.
 */

/** Options shared by all errors of the family. */
export interface ErrorOptionsWithHint extends ErrorOptions {
  /** What to try, as a sentence. */
  readonly hint?: string | undefined;
}

/** The base of all our errors. */
export abstract class LayerkeepError extends Error {
  /** Stable, for machines: `usage`, `registry`, `integrity`, `format`, `command` or `engine`. */
  abstract readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, options: ErrorOptionsWithHint = {}) {
    super(message, options);
    this.name = new.target.name;
    this.hint = options.hint;
  }
}

/** One problem in what the user gave us, with its place if it has one. */
export interface Problem {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based. */
  readonly column?: number | undefined;
}

/** The user's config, flags or files are wrong. Lists all problems. Exit code 2. */
export class UsageError extends LayerkeepError {
  readonly code = "usage";
  readonly problems: readonly Problem[];

  constructor(problems: string | readonly Problem[], options: ErrorOptionsWithHint = {}) {
    const list: readonly Problem[] =
      typeof problems === "string" ? [{ message: problems }] : problems;
    super(list.map(renderProblem).join("\n"), options);
    this.problems = list;
  }
}

/** `file:line:column: message (hint)`, as compilers write it, so that editors can jump there. */
export function renderProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((p) => p !== undefined);
  const where = place.length > 0 ? `${place.join(":")}: ` : "";
  return `${where}${problem.message}${problem.hint === undefined ? "" : ` (${problem.hint})`}`;
}

/** One entry of the error list of the OCI distribution spec. */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
}

interface RegistryErrorOptions extends ErrorOptionsWithHint {
  readonly method: string;
  /** Secrets in the query string are already redacted. */
  readonly url: string;
  /** Undefined if no answer came. */
  readonly status?: number | undefined;
  readonly errors?: readonly RegistryErrorEntry[] | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable?: boolean | undefined;
  /** The reason, if the status does not give it. */
  readonly reason?: string | undefined;
}

/** A registry refused a request or did not answer it. Exit code 3. */
export class RegistryError extends LayerkeepError {
  readonly code = "registry";
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  readonly errors: readonly RegistryErrorEntry[];
  readonly retryable: boolean;

  constructor(options: RegistryErrorOptions) {
    const said = (options.errors ?? []).map((e) => `${e.code}: ${e.message}`).join("; ");
    const why = [options.status, options.reason, said].filter((p) => p !== undefined && p !== "");
    super(`${options.method} ${options.url}: ${why.join(" ")}`, options);
    this.method = options.method;
    this.url = options.url;
    this.status = options.status;
    this.errors = options.errors ?? [];
    this.retryable = options.retryable ?? false;
  }
}

interface IntegrityErrorOptions extends ErrorOptionsWithHint {
  /** What was read: a URL, a path or a descriptor's digest. */
  readonly subject: string;
  readonly expected: string;
  readonly actual: string;
  /** How many bytes were read. */
  readonly bytes: number;
}

/** The bytes do not match their digest or size, and none of them were passed on. Exit code 3. */
export class IntegrityError extends LayerkeepError {
  readonly code = "integrity";
  readonly expected: string;
  readonly actual: string;
  readonly bytes: number;

  constructor(options: IntegrityErrorOptions) {
    super(
      `${options.subject}: expected ${options.expected}, got ${options.actual} after ${count(options.bytes, "byte")}`,
      options,
    );
    this.expected = options.expected;
    this.actual = options.actual;
    this.bytes = options.bytes;
  }
}

/** What a registry or a file holds does not match its type. Exit code 3. */
export class FormatError extends LayerkeepError {
  readonly code = "format";
}

interface CommandErrorOptions extends ErrorOptionsWithHint {
  /** The command line, with secrets redacted. */
  readonly argv: readonly string[];
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** The last lines of its stderr. */
  readonly stderrTail?: string | undefined;
  /** What it was run for, such as `build of cpu-vllm/linux/arm64`. */
  readonly purpose: string;
}

/** A program that we ran failed. Exit code 3, or 1 if the caller says that this is a result. */
export class CommandError extends LayerkeepError {
  readonly code = "command";
  readonly argv: readonly string[];
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stderrTail: string;

  constructor(options: CommandErrorOptions) {
    const end =
      options.signal !== undefined
        ? `was killed by ${options.signal}`
        : options.exitCode !== undefined
          ? `exited with ${options.exitCode}`
          : "could not be started";
    const tail = maskSecrets(options.stderrTail?.trim() ?? "");
    super(
      `${options.purpose}: ${options.argv[0] ?? "command"} ${end}${tail === "" ? "" : `\n${tail}`}`,
      options,
    );
    this.argv = redactArguments(options.argv);
    this.exitCode = options.exitCode;
    this.signal = options.signal;
    this.stderrTail = tail;
  }
}

/**
 * There is no engine, or it cannot do what is asked of it. Thrown before anything is built. Exit
 * code 3.
 */
export class EngineError extends LayerkeepError {
  readonly code = "engine";
}

/** 2: usage or config; 3: a registry, engine or network failed; 70: our bug. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 2;
  return error instanceof LayerkeepError ? 3 : 70;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The operating system's name for an error, such as `ENOENT`; undefined if it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
