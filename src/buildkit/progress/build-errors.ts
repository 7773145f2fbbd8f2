import { CommandError, EngineError } from "../../errors.ts";
import { type FailedStep, isCancelled, type ProgressSummary } from "./progress.ts";

/** A build that ran and failed, most often at a step of the Dockerfile, which the user must fix. */
export class BuildFailure extends CommandError {
  readonly summary: ProgressSummary;
  /** The failed step's error, otherwise buildx's `ERROR:` line. Undefined if it printed none. */
  readonly reason: string | undefined;

  constructor(
    error: ConstructorParameters<typeof CommandError>[0],
    summary: ProgressSummary,
    reason?: string,
  ) {
    super(error);
    this.summary = summary;
    this.reason = summary.failed?.error ?? reason;
    if (summary.failed === undefined && reason !== undefined) {
      this.message = `${error.purpose}: ${reason}`;
    }
  }
}

/** A build whose image the engine could not push or export. */
export class NotPushedError extends EngineError {
  /** What the engine said. */
  readonly reason: string;

  constructor(purpose: string, reason: string) {
    super(`${purpose}: the image was not pushed: ${reason}`, { hint: pushAdvice(reason) });
    this.reason = reason;
  }
}

/** The engine went away during a build, or did not answer when one was to begin. */
export class EngineGoneError extends EngineError {
  /** What buildx said. */
  readonly said: string;

  constructor(purpose: string, said: string) {
    super(`${purpose}: the engine is unavailable: ${said}`, {
      hint: "check that Docker or the builder is running (`docker buildx inspect`), then run the same command again to reuse staged legs and cached steps",
    });
    this.said = said;
  }
}

/** How buildx exited, and what it printed. */
export interface EndedBuild {
  readonly argv: readonly string[];
  readonly exitCode: number;
  /** The last lines on stderr that are not progress. */
  readonly said: readonly string[];
  readonly summary: ProgressSummary;
  /** What was built, such as `build of server/linux/amd64`. */
  readonly purpose: string;
}

/**
 * The error for a failed build: an engine error if the engine went away, is too old, or could not
 * push or export; otherwise a build failure with its step, or with buildx's own reason if no step
 * failed.
 */
export function buildError({ argv, exitCode, said, summary, purpose }: EndedBuild): Error {
  const closing = said.filter((line) => line.startsWith("ERROR:")).join("\n");
  if (engineIsGone(closing) || neverAnswered(summary)) {
    return new EngineGoneError(purpose, said.at(-1) ?? "");
  }
  if (/(?:invalid|unknown) progress|unknown (?:shorthand )?flag/i.test(said.join("\n"))) {
    return new EngineError(`${purpose}: ${argv[0] ?? "buildx"} is too old: ${said.at(-1) ?? ""}`, {
      hint: "install buildx 0.13 or newer (check with `docker buildx version`)",
    });
  }
  const reason = reasonOf(closing);
  const failed = failedStep(summary, said, reason);
  if (failed?.name.startsWith("exporting to ") === true) {
    return new NotPushedError(purpose, failed.error);
  }
  if (failed === undefined) {
    if (reason?.startsWith("failed to push ") === true) return new NotPushedError(purpose, reason);
    const cacheError = summary.cacheExports.find(({ error }) => error !== undefined)?.error;
    if (cacheError !== undefined) {
      return new EngineError(`${purpose}: the cache was not written: ${cacheError}`, {
        hint: "remove ignore-error: false from the cache options to let builds succeed without writing the cache",
      });
    }
    if (reason !== undefined && /failed to configure \S+ cache exporter/.test(reason)) {
      return new EngineError(`${purpose}: ${reason}`, {
        hint: "check the cache options in the config, and the environment variables that the cache type needs",
      });
    }
  }
  const failure = { argv, exitCode, purpose, stderrTail: said.join("\n") };
  return new BuildFailure(failure, { ...summary, failed }, reason);
}

/**
 * The step that failed the build. When one step fails, BuildKit cancels the others, and on a busy
 * machine the progress may end before it reports the error of the first one. The step is then the
 * instruction that buildx prints, and its error is the reason.
 */
function failedStep(
  { failed, steps }: ProgressSummary,
  said: readonly string[],
  reason: string | undefined,
): FailedStep | undefined {
  const isOther = failed !== undefined && isCancelled(failed.error);
  if (reason === undefined || (isOther ? isCancelled(reason) : failed !== undefined)) return failed;
  const name = isOther || steps.length > 0 ? markedInstruction(said) : "";
  return name === "" ? undefined : { name, error: reason, log: [] };
}

/** buildx prints the Dockerfile around the instruction that failed, and marks its lines. */
function markedInstruction(said: readonly string[]): string {
  const lines = said.flatMap((line) => /^ *\d+ \| >>> (.*)$/.exec(line)?.[1] ?? []);
  return lines.map((line) => line.replace(/\\$/, "").trim()).join(" ");
}

/**
 * The `ERROR:` line without its usual prefixes. buildx prints the place in the Dockerfile above it,
 * and nothing useful after it.
 */
function reasonOf(closing: string): string | undefined {
  const last = closing.split("\n").at(-1) ?? "";
  const reason = last
    .replace(/^ERROR: /, "")
    .replace(/^(?:failed to build|target \S+): /, "")
    .replace(/^failed to solve: /, "")
    .replace(/^(?:rpc error: code = \w+ desc = |Canceled: (?=context canceled))/, "")
    .trim();
  return reason === "" ? undefined : reason;
}

function pushAdvice(error: string): string {
  return /denied|forbidden|unauthorized|authentication|insufficient_scope|\b40[13]\b/i.test(error)
    ? "log in as a user who can push to the cache repository (`docker login`), then run the same command again to reuse the builder's cached steps"
    : "check that the registry is up and has free space, then run the same command again to reuse the builder's cached steps";
}

/**
 * Whether buildx gave up connecting (driver/driver.go and the drivers' own bootstrap; the remote
 * driver waits 20 seconds).
 */
function neverAnswered({ failed }: ProgressSummary): boolean {
  return /^\[internal\] (?:waiting for connection|booting buildkit)$/.test(failed?.name ?? "");
}

/** How buildx and gRPC report that the engine's socket broke or that nothing listens on it. */
function engineIsGone(text: string): boolean {
  // The engine repeats the failed command, whose text could match.
  if (/did not complete successfully: exit code/.test(text)) return false;
  return /error reading from server|transport is closing|closing transport|Cannot connect to the Docker daemon|code = Unavailable|connection error: desc|failed to connect to the docker API|no such host.*docker/i.test(
    text,
  );
}
