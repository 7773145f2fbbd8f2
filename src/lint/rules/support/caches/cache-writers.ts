import { type CacheUse, sameCache } from "../../../model/caches.ts";
import type { Build } from "../../../model/operation.ts";
import { exampleText } from "../../../expressions/value.ts";
import { remember } from "../../../remember.ts";
import { platformsOf } from "../images/platform-of.ts";

/** The writes of one run, and of each those that may be to the same cache. */
export interface CacheWriters {
  /** Writes to the same cache by other builds. Of builds that are the same, one is enough. */
  readonly others: (write: CacheUse) => CacheWrites;
  /** Writes by other builds under a name that is written the same but may differ. */
  readonly unclear: (write: CacheUse) => CacheWrites;
}

/** Some writes, found one by one: a matrix may have very many. */
export interface CacheWrites {
  readonly first: () => CacheUse | undefined;
  readonly every: (holds: (write: CacheUse) => boolean) => boolean;
}

/** Groups writes by the names of their caches: all pairs would be too many to compare. */
export function cacheWriters(writes: readonly CacheUse[]): CacheWriters {
  const groups = new Map<string, Map<unknown, CacheUse>>();
  for (const write of writes) {
    const group = groups.get(nameOf(write)) ?? new Map<unknown, CacheUse>();
    groups.set(nameOf(write), group);
    // Whether the names of two jobs are the same may depend on the jobs.
    const key = write.name.unknown.length > 0 || isLinked(write) ? write : buildKey(write);
    if (!group.has(key)) group.set(key, write);
  }
  const those = (write: CacheUse, holds: (other: CacheUse) => boolean): CacheWrites => {
    const group = groups.get(nameOf(write)) ?? new Map<unknown, CacheUse>();
    const isOther = (other: CacheUse): boolean =>
      buildKey(other) !== buildKey(write) && !isPart(write, other) && holds(other);
    return {
      first: () => find(group.values(), isOther),
      every: (wanted) => find(group.values(), (one) => isOther(one) && !wanted(one)) === undefined,
    };
  };
  return {
    others: (write) => those(write, (other) => sameCache(write, other) === true),
    unclear: (write) => those(write, (other) => other.name.text === write.name.text),
  };
}

function find<Item>(items: Iterable<Item>, holds: (item: Item) => boolean): Item | undefined {
  for (const item of items) if (holds(item)) return item;
  return undefined;
}

/** Caches of different names are not the same in any run. */
function nameOf({ settings: { type }, name }: CacheUse): string {
  return `${type ?? ""}\0${exampleText(name) ?? name.text}`;
}

/** Bake builds a target and its contexts at once, and the target's cache has the contexts' steps. */
function isPart(one: CacheUse, other: CacheUse): boolean {
  return (isLinked(one) || isLinked(other)) && one.placed.step === other.placed.step;
}

function isLinked({ placed }: CacheUse): boolean {
  return placed.operation.linked === true;
}

/** Builds of one image with the same arguments have the same cache. */
const buildKey = remember(
  ({ placed }: CacheUse): string =>
    `${imageKey(placed.operation)}\n${platformsOf(placed)}\n${argsOf(placed.operation)}`,
);

/** Whether two builds are of one image, perhaps for other platforms or with other arguments. */
export function isSameImage({ placed: one }: CacheUse, { placed: other }: CacheUse): boolean {
  return imageKey(one.operation) === imageKey(other.operation);
}

const imageKey = remember(({ context, dockerfile, target }: Build): string =>
  JSON.stringify([context, dockerfile, target].map((field) => field?.value.text ?? null)),
);

const argsOf = remember(({ buildArgs }: Build): string =>
  JSON.stringify(buildArgs.map(({ name, value }) => `${name}=${value.text}`).sort()),
);
