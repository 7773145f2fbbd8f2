import type { MatrixJob, Shard } from "../../plan/matrix/shards.ts";

/** Legs of one level that are built on one kind of runner, a job for each entry. */
export interface BuildGroup {
  /** Counted from 1. */
  readonly level: number;
  /** Tags that a runner must have; none: any runner takes it. */
  readonly tags: readonly string[];
  /** Of each job: its legs, with spaces between them. */
  readonly jobs: readonly string[];
  /** Whether they are a `parallel:matrix`; otherwise there is one job. */
  readonly isMatrix: boolean;
}

/** GitLab: a `parallel:matrix` makes at most 200 jobs. */
const mostJobs = 200;
/** A job of a matrix is called `NAME: [VALUE]`, and GitLab takes 255 characters. */
const mostCharacters = 220;

/** The jobs of matrices, in groups that GitLab accepts as one `parallel:matrix` each. */
export function groupBuilds(shards: readonly Shard[]): readonly BuildGroup[] {
  const byPlace = new Map<string, BuildGroup & { readonly jobs: string[] }>();
  for (const { leg, runner, level = 0 } of shards.flatMap(({ include }) => include)) {
    const key = JSON.stringify([level, runner]);
    const group = byPlace.get(key);
    if (group === undefined) {
      byPlace.set(key, { level: level + 1, tags: tagsOf(runner), jobs: [leg], isMatrix: true });
    } else group.jobs.push(leg);
  }
  return [...byPlace.values()].sort((a, b) => a.level - b.level).flatMap(divide);
}

/** A job whose name would be too long is a group of its own, without a matrix. */
function divide(group: BuildGroup): readonly BuildGroup[] {
  const short = group.jobs.filter((legs) => legs.length <= mostCharacters);
  const long = group.jobs.filter((legs) => legs.length > mostCharacters);
  return [
    ...chunks(short).map((jobs) => ({ ...group, jobs })),
    ...long.map((legs) => ({ ...group, jobs: [legs], isMatrix: false })),
  ];
}

function chunks(jobs: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(jobs.length / mostJobs) }, (_, at) =>
    jobs.slice(at * mostJobs, (at + 1) * mostJobs),
  );
}

/** GitLab separates tags with commas; a runner must have all of them. */
function tagsOf(runner: MatrixJob["runner"]): readonly string[] {
  return (runner ?? "")
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}
