import { isUnknown, knownText } from "../expressions/value.ts";
import type { CacheUse } from "../model/caches.ts";
import type { Rule } from "../rule.ts";
import { type RepositoryCaches, repositoryCaches } from "./support/repository-caches.ts";

/** What a repository has without paying for more. GB. */
const allowance = 10;
/** A cache whose share is smaller may evict the others, and one that is tiny will. GB. */
const small = 1;
const tiny = 0.4;

export const ghaCacheOverAllowance: Rule = {
  id: "gha-cache-over-allowance",
  severity: "warning",
  summary: "more type=gha caches than the repository's allowance is likely to hold",
  why: "All caches of a repository share 10 GB, unless more is paid for, and GitHub deletes those that were not used for the longest time. Caches that do not fit displace each other, and an export can fail meanwhile.",
  check: (pipeline, { find, cannotTell }) => {
    const { caches, count } = countedIn(repositoryCaches(pipeline));
    for (const { placed, settings } of caches) {
      if (!pipeline.scenarios.includes(placed.scenario) || !isUnknown(placed.job.matrix)) continue;
      cannotTell(settings.span, "how many caches there are: only a run knows the matrix");
    }
    const [first] = caches;
    const share = allowance / count;
    // One finding for the repository.
    if (first === undefined || !pipeline.scenarios.includes(first.placed.scenario)) return;
    if (share >= small) return;
    find({
      span: first.settings.span,
      message: `${count} caches of type=gha,mode=max share ${allowance} GB, ${share.toFixed(2)} GB each`,
      confidence: share < tiny ? "medium" : "low",
    });
  },
};

interface Counted {
  readonly caches: readonly CacheUse[];
  /** Without those that are written more than once. */
  readonly count: number;
}

const known = new WeakMap<RepositoryCaches, Counted>();

/** Of the repository, so once for all its pipelines. */
function countedIn(repository: RepositoryCaches): Counted {
  const before = known.get(repository);
  if (before !== undefined) return before;
  const caches = repository.writes.all.filter(isCounted);
  const counted = { caches, count: new Set(caches.map(({ name }) => name.text)).size };
  known.set(repository, counted);
  return counted;
}

function isCounted({ settings }: CacheUse): boolean {
  return settings.type === "gha" && knownText(settings.attributes.get("mode")) === "max";
}
