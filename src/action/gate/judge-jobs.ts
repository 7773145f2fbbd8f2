import { UsageError } from "../../errors.ts";

/** What a job that the gate needs came to, in GitHub's words. */
export type JobResult = "success" | "failure" | "cancelled" | "skipped";

/** A job, and why it is not as it should be; undefined if it is. */
export interface JudgedJob {
  readonly job: string;
  readonly result: JobResult;
  readonly problem: string | undefined;
}

/**
 * Judges the jobs that a gate needs. A job must have succeeded, unless `expected` says that there
 * was no work for it; then it may also have been skipped. Throws a usage error for an expected job
 * that the gate does not need, whose result nobody would notice. Pure.
 */
export function judgeJobs(
  needs: ReadonlyMap<string, JobResult>,
  expected: ReadonlyMap<string, boolean>,
): readonly JudgedJob[] {
  const unknown = [...expected.keys()].filter((job) => !needs.has(job));
  if (unknown.length > 0) {
    throw new UsageError(`the gate job does not list ${unknown.join(", ")} under needs`, {
      hint: 'list every job of the input "expected" under needs in the gate job',
    });
  }
  return [...needs].map(([job, result]) => ({
    job,
    result,
    problem: problemOf(result, expected.get(job) ?? true),
  }));
}

function problemOf(result: JobResult, isExpected: boolean): string | undefined {
  switch (result) {
    case "success":
      return undefined;
    case "skipped":
      return isExpected ? "was skipped, although it had work to do" : undefined;
    case "failure":
      return "failed";
    case "cancelled":
      return "was cancelled";
  }
}

/** Parses `${{ toJSON(needs) }}`. Throws a usage error for anything else. */
export function parseNeeds(text: string): ReadonlyMap<string, JobResult> {
  const wrong = (why: string): UsageError =>
    new UsageError(`the input "needs" ${why}`, { hint: "use needs: ${{ toJSON(needs) }}" });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong("is not a map of jobs");
  }
  const jobs = Object.entries(value).map(([job, need]: [string, unknown]) => {
    const result = resultOf(need);
    if (result === undefined) throw wrong(`has no result for the job ${job}`);
    return [job, result] as const;
  });
  if (jobs.length === 0) throw wrong("is empty: there are no jobs to check");
  return new Map(jobs);
}

const results: readonly JobResult[] = ["success", "failure", "cancelled", "skipped"];

function resultOf(need: unknown): JobResult | undefined {
  if (typeof need !== "object" || need === null || !("result" in need)) return undefined;
  return results.find((result) => result === need.result);
}
