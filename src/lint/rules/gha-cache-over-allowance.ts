import { isUnknown, knownText } from "../expressions/value.ts";
import type { CacheUse } from "../model/caches.ts";
import type { Rule } from "../rule.ts";
import { type RepositoryCaches, repositoryCaches } from "./support/caches/repository-caches.ts";

/** What a repository has without paying for more. GB. */
const allowance = 10;
/** A cache whose share is smaller may evict the others, and one that is tiny will. GB. */
const small = 1;
const tiny = 0.4;

export const ghaCacheOverAllowance: Rule = {
  id: "gha-cache-over-allowance",
  severity: "warning",
  summary: "the type=gha caches probably exceed the cache limit of the repository",
  why: "All caches of a repository share 10 GB unless you pay for more, and GitHub deletes the least recently used caches first. Caches that do not fit evict each other, and exports can fail while GitHub deletes caches.",
  check: (pipeline, { find, cannotTell }) => {
    const { caches, unsure, count } = countedIn(repositoryCaches(pipeline));
    for (const { placed, settings } of unsure) {
      if (!pipeline.scenarios.includes(placed.scenario)) continue;
      cannotTell(
        settings.span,
        "the number of caches depends on a matrix that is only known at run time",
      );
    }
    const [first] = caches;
    const share = allowance / count;
    // One finding for the repository.
    if (first === undefined || !pipeline.scenarios.includes(first.placed.scenario)) return;
    if (share >= small) return;
    find({
      span: first.settings.span,
      message: `${count} caches of type=gha,mode=max share ${allowance} GB, which leaves ${share.toFixed(2)} GB for each`,
      confidence: share < tiny ? "medium" : "low",
    });
  },
};

interface Counted {
  readonly caches: readonly CacheUse[];
  /** Those of a matrix that only a run can tell. */
  readonly unsure: readonly CacheUse[];
  /** Without those that are written more than once. */
  readonly count: number;
}

const known = new WeakMap<RepositoryCaches, Counted>();

/** Of the repository, so once for all its pipelines. */
function countedIn(repository: RepositoryCaches): Counted {
  const before = known.get(repository);
  if (before !== undefined) return before;
  const caches = repository.writes.all.filter(isCounted);
  const unsure = caches.filter(({ placed }) => isUnknown(placed.job.matrix));
  const counted = { caches, unsure, count: new Set(caches.map(({ name }) => name.text)).size };
  known.set(repository, counted);
  return counted;
}

function isCounted({ settings }: CacheUse): boolean {
  return settings.type === "gha" && knownText(settings.attributes.get("mode")) === "max";
}
