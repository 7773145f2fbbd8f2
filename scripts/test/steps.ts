import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { messageOf } from "../../src/errors.ts";

/** What a step found. A check that is not a test run counts as one. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A line for each failure, for the end of the output: what comes before may be cut off. */
  readonly failures: readonly string[];
}

const nothing: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** One failure, of which there is nothing more to say. */
export function failure(what: string): Counts {
  return { ...nothing, failed: 1, failures: [what] };
}

/** Runs the steps' programs, and knows those that still run. */
export interface Steps {
  /** A program that is right when it exits with 0; what it says is printed when it is done. */
  check(name: string, argv: readonly [string, ...string[]]): Promise<Counts>;
  /** One of vitest's projects. */
  vitest(project: string, options: VitestOptions): Promise<Counts>;
  /** Ends what runs, with SIGTERM; a step that has not begun counts for nothing. */
  stop(): void;
}

export interface VitestOptions {
  /** The run's name, where it is not the project's. */
  readonly name?: string;
  readonly node?: string;
  /** The part of the test files to run, such as `1/3`. */
  readonly shard?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** When its output is printed; as it comes, if nothing is said. */
  readonly printed?: "as it comes" | "when done";
}

/** `dir` takes the test runs' reports; `env` is given to every program. */
export function openSteps(dir: string, env: Readonly<Record<string, string | undefined>>): Steps {
  const running = new Set<ChildProcess>();
  let stopped = false;
  const execute = async (argv: readonly [string, ...string[]], options: ExecuteOptions) => {
    const [file, ...args] = argv;
    const child = spawn(file, args, { stdio: options.stdio, env: { ...env, ...options.env } });
    running.add(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
    }
    const ok = await new Promise<boolean>((resolve) => {
      child.once("error", (error) => {
        said += error.message;
        resolve(false);
      });
      child.once("close", (code) => resolve(code === 0));
    });
    running.delete(child);
    return { ok, said };
  };
  return {
    async check(name, argv) {
      if (stopped) return nothing;
      const start = performance.now();
      const { ok, said } = await execute(argv, { stdio: ["ignore", "pipe", "pipe"], env: {} });
      console.log(header(`${name}: ${ok ? "passed" : "FAILED"}`, start));
      if (!ok) console.log(said.trimEnd());
      return ok ? { ...nothing, passed: 1 } : failure(name);
    },
    async vitest(project, options) {
      if (stopped) return nothing;
      const { name = project, node = process.execPath, env: own = {}, printed, shard } = options;
      const start = performance.now();
      const report = join(dir, `${name.replace(/\W+/g, "-")}.json`);
      const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
      const vitest = "node_modules/vitest/vitest.mjs";
      const part = shard === undefined ? [] : [`--shard=${shard}`];
      const title = `\n== ${name} tests`;
      if (printed !== "when done") console.log(title);
      const { ok, said } = await execute(
        [node, vitest, "run", "--project", project, "--passWithNoTests", ...part, ...reporters],
        { stdio: printed === "when done" ? ["ignore", "pipe", "pipe"] : "inherit", env: own },
      );
      if (printed === "when done") console.log(`${title}\n${said.trimEnd()}`);
      const counts = countTests(report, name, ok);
      const verdict = `${counts.passed} passed, ${counts.failed} failed`;
      console.log(header(`${name} tests: ${verdict}`, start));
      return counts;
    },
    stop() {
      stopped = true;
      for (const child of running) child.kill("SIGTERM");
    },
  };
}

/** The counts of several steps together. */
export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: all.failed + one.failed,
      skipped: all.skipped + one.skipped,
      failures: [...all.failures, ...one.failures],
    }),
    nothing,
  );
}

export function header(text: string, start: number): string {
  return `== ${text} (${((performance.now() - start) / 1000).toFixed(1)} s)`;
}

interface ExecuteOptions {
  readonly stdio: "inherit" | ["ignore", "pipe", "pipe"];
  readonly env: Readonly<Record<string, string>>;
}

/** What vitest's JSON report tells of it that matters here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/**
 * A file that failed without a failed test (in its imports or hooks) counts as one, and so does
 * a run that failed with no failure in its report, or without a report.
 */
function countTests(file: string, name: string, ok: boolean): Counts {
  const report = readReport(file);
  if (report === undefined) return ok ? nothing : failure(`${name}: no report`);
  const failures = report.testResults.flatMap((result) => failuresIn(result, name));
  if (failures.length === 0 && !ok) failures.push(`${name}: the run failed, but no test failed`);
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

function failuresIn(result: Report["testResults"][number], name: string): string[] {
  const file = relative(process.cwd(), result.name);
  const failed = result.assertionResults.filter(({ status }) => status === "failed");
  if (failed.length === 0 && result.status === "failed") {
    return [`${name}: ${file}: ${firstLine(result.message)}`];
  }
  return failed.map(
    (test) => `${name}: ${file}: ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`,
  );
}

function firstLine(text = ""): string {
  return text.split("\n", 1)[0]?.slice(0, 1_500) ?? "";
}

function readReport(file: string): Report | undefined {
  try {
    // Vitest's own, of the version in our lock file: not checked further.
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch (error) {
    console.error(`no report: ${messageOf(error)}`);
    return undefined;
  }
}
