import type { JobConfig, JobEntry } from "../../config/jobs/job-config.ts";
import { compileGlobs } from "../../dockerfile/ignore/ignore.ts";

/** What a change touched. */
export interface Change {
  /** Paths relative to the config's folder. */
  readonly paths: readonly string[];
  /** The jobs before it; undefined if they are the same. */
  readonly before: readonly JobConfig[] | undefined;
}

/**
 * The jobs with those entries that a change affects: a path matches an entry's `inputs`, the entry
 * is new, or it says something else than before.
 */
export function chooseEntries(jobs: readonly JobConfig[], change: Change): readonly JobConfig[] {
  const { before } = change;
  return jobs.map((job) => {
    const old = before?.find(({ name }) => name === job.name)?.entries ?? [];
    const known = new Map(old.map((entry) => [entry.name, JSON.stringify(entry)]));
    const isOther = (entry: JobEntry): boolean =>
      before !== undefined && known.get(entry.name) !== JSON.stringify(entry);
    return {
      ...job,
      entries: job.entries.filter((entry) => isOther(entry) || reads(entry, change.paths)),
    };
  });
}

function reads({ inputs }: JobEntry, paths: readonly string[]): boolean {
  if (inputs.length === 0) return paths.length > 0;
  const rules = compileGlobs(inputs);
  return paths.some((path) => rules.matches(path));
}
