import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../src/errors.ts";

/** What a step found. A check that is not a test run counts as one. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Runs the steps' programs, and knows those that still run. */
export interface Steps {
  /** A program that is right when it exits with 0; what it says is printed when it is done. */
  check(name: string, argv: readonly [string, ...string[]]): Promise<Counts>;
  /** One of vitest's projects; what it says is printed as it comes. */
  vitest(project: string, options: VitestOptions): Promise<Counts>;
  /** Ends what runs, with SIGTERM; a step that has not begun counts for nothing. */
  stop(): void;
}

interface VitestOptions {
  /** The run's name, where it is not the project's. */
  readonly name?: string;
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
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
      return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
    },
    async vitest(project, { name = project, node = process.execPath, env: own = {} }) {
      if (stopped) return nothing;
      const start = performance.now();
      const report = join(dir, `${name.replace(/\W+/g, "-")}.json`);
      console.log(`\n== ${name} tests`);
      const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
      const vitest = "node_modules/vitest/vitest.mjs";
      const { ok } = await execute(
        [node, vitest, "run", "--project", project, "--passWithNoTests", ...reporters],
        { stdio: "inherit", env: own },
      );
      const counts = countTests(report, ok);
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
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * A file that failed without a failed test (in its imports or hooks) counts as one, and so does
 * a run that failed with no failure in its report, or without a report.
 */
function countTests(file: string, ok: boolean): Counts {
  const report = readReport(file);
  if (report === undefined) return { passed: 0, failed: ok ? 0 : 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
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
