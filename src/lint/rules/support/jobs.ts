import type { JobRun } from "../../model/pipeline.ts";
import type { Node } from "../../yaml/node.ts";

type Jobs = readonly JobRun[];

const known = new WeakMap<Jobs, Map<string, ReadonlySet<string>>>();

/** Whether a job needs another one of its run, or needs one that needs it. */
export function isAfter(later: JobRun, earlier: JobRun, jobs: Jobs): boolean {
  const byId = known.get(jobs) ?? new Map<string, ReadonlySet<string>>();
  known.set(jobs, byId);
  const before = byId.get(later.id) ?? idsBefore(later, jobs);
  byId.set(later.id, before);
  return before.has(earlier.id);
}

function idsBefore(job: JobRun, jobs: Jobs): ReadonlySet<string> {
  // The rows of a matrix need the same jobs.
  const distinct = [...new Map(jobs.map((one) => [one.id, one])).values()];
  const before = new Set<string>();
  const open = [job];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { needs } = next;
    for (const needed of distinct.filter(({ id }) => isIn(id, needs) && !before.has(id))) {
      before.add(needed.id);
      open.push(needed);
    }
  }
  return before;
}

/** A job of a workflow that a needed job calls is needed, too. */
function isIn(id: string, needs: readonly string[]): boolean {
  return needs.some((need) => id === need || id.startsWith(`${need} / `));
}

/** Whether a condition holds after a failed or skipped job, too. */
export function runsAlways(condition: string): boolean {
  return /\b(?:always|failure)\s*\(|!\s*cancelled\s*\(/.test(condition);
}

/** Whether a job looks at the results of the jobs that it needs. */
export function readsResults({ file, start, end }: Node): boolean {
  return /\bneeds(?:\.[\w*-]+|\[[^\]]*\])+\.result\b|toJSON\(\s*needs\s*\)|alls-green/i.test(
    file.text.slice(start, end),
  );
}
