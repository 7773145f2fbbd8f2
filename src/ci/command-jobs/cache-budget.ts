import type { Config } from "../../config/config.ts";
import type { JobCache } from "../../config/jobs/job-config.ts";

/** The caches of one kind in one job, with what they are expected to need, in bytes. */
interface BudgetRow {
  readonly job: string;
  readonly kind: JobCache["kind"];
  readonly caches: number;
  readonly each: number;
  readonly total: number;
}

export interface CacheBudget {
  readonly rows: readonly BudgetRow[];
  readonly total: number;
  readonly allowed: number;
}

/** What the caches of all jobs need in GitHub's cache; undefined if there are none in it. */
export function cacheBudget({ jobs, ci }: Pick<Config, "jobs" | "ci">): CacheBudget | undefined {
  if (ci.jobCaches !== "github") return undefined;
  const { cacheBudget: allowed } = ci;
  const rows = jobs.flatMap(({ name, entries }) =>
    (entries[0]?.caches ?? []).map(({ kind, size }): BudgetRow => {
      const runners = new Set(entries.map(({ runner }) => runner)).size;
      const caches = perEntry.has(kind) ? entries.length : runners;
      return { job: name, kind, caches, each: size, total: caches * size };
    }),
  );
  if (rows.length === 0) return undefined;
  return { rows, total: rows.reduce((sum, { total }) => sum + total, 0), allowed };
}

/** Others are one for all entries on a runner. */
const perEntry: ReadonlySet<JobCache["kind"]> = new Set(["ccache", "pip"]);

/** The budget as a table, one line each. */
export function renderBudget({ rows, total, allowed }: CacheBudget): readonly string[] {
  const cells = rows.map(({ job, kind, caches, each, total: sum }) => [
    `${job} ${kind}`,
    `${caches} x ${sizeText(each)}`,
    sizeText(sum),
  ]);
  const table = [...cells, ["together", "", sizeText(total)], ["allowed", "", sizeText(allowed)]];
  const widths = [0, 1, 2].map((at) => Math.max(...table.map((line) => (line[at] ?? "").length)));
  return table.map(([what = "", how = "", sum = ""]) =>
    [what.padEnd(widths[0] ?? 0), how.padStart(widths[1] ?? 0), sum.padStart(widths[2] ?? 0)].join(
      "  ",
    ),
  );
}

function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${Math.round(bytes / 1e8) / 10} GB`;
}
