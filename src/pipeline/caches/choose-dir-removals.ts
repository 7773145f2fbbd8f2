import type { DirRules } from "../../config/config.ts";
import { count } from "../../count.ts";
import { ago, notDeleting, type Removals, removalsOf } from "./choose-removals.ts";
import { Size } from "./size.ts";
import type { SurveyedTag } from "./survey.ts";

/** Which directory caches are kept. */
export interface DirRetention extends DirRules {
  /** Anything younger is kept, because a run may be using it. */
  readonly grace: number;
}

/** What is deleted of directory caches. */
export interface DirRemovals extends Omit<Removals, "chosen"> {
  readonly chosen: readonly (Removals["chosen"][number] & { readonly key: string })[];
  /** How many caches the rules choose that the grace keeps. */
  readonly spared: number;
}

interface Candidate {
  readonly tag: string;
  readonly key: string;
  readonly family: string | undefined;
  readonly surveyed: SurveyedTag;
  /** Milliseconds since the last save. */
  readonly age: number;
}

/**
 * Which directory caches a policy deletes. Never a tag of something else, one that cannot be read,
 * or a cache that is younger than the grace; one whose time is in the future counts as new. Pure.
 */
export function chooseDirRemovals(
  tags: readonly SurveyedTag[],
  policy: DirRetention,
  now: number,
): DirRemovals {
  const newestFirst = tags
    .flatMap((surveyed): Candidate[] => {
      const { tag, dir } = surveyed;
      if (dir === undefined) return [];
      const age = now - Date.parse(dir.createdAt);
      return [{ tag, key: dir.key, family: dir.family, surveyed, age }];
    })
    .sort((a, b) => a.age - b.age);
  const choose = (grace: number): ReadonlyMap<string, string> =>
    chosenBy(newestFirst, { ...policy, grace });
  const chosen = choose(policy.grace);
  const keys = new Map(newestFirst.map(({ tag, key }) => [tag, key]));
  const removals = removalsOf(
    tags,
    [...chosen].map(([tag, reason]) => ({ tag, reason, leg: null })),
  );
  const unreadable = tags.filter(({ kind }) => kind === "unreadable").map(notDeleting);
  return {
    ...removals,
    chosen: removals.chosen.map((it) => ({ ...it, key: keys.get(it.tag) ?? it.tag })),
    warnings: [...unreadable, ...stillTooMuch(newestFirst, chosen, policy)],
    spared: choose(0).size - chosen.size,
  };
}

/** Reasons by tag. */
function chosenBy(
  newestFirst: readonly Candidate[],
  { olderThan, keepLast, maxSize, grace }: DirRetention,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  const choose = ({ tag, age }: Candidate, reason: string): void => {
    if (age >= grace && !chosen.has(tag)) chosen.set(tag, reason);
  };
  for (const it of newestFirst) {
    if (olderThan !== undefined && it.age >= olderThan) choose(it, `last saved ${ago(it.age)}`);
  }
  if (keepLast !== undefined) {
    for (const it of beyondNewest(newestFirst, keepLast)) {
      const newer = `${count(keepLast, "newer cache")} of ${it.family ?? ""}*`;
      choose(it, `${newer} ${keepLast === 1 ? "is" : "are"} kept`);
    }
  }
  if (maxSize === undefined) return chosen;
  const size = sizeWithout(newestFirst, chosen);
  for (const it of newestFirst.toReversed()) {
    if (size.bytes <= maxSize) break;
    if (chosen.has(it.tag) || it.age < grace) continue;
    choose(it, `the total is over the limit of ${maxSize} bytes; last saved ${ago(it.age)}`);
    size.drop(it.surveyed);
  }
  return chosen;
}

/** A cache that was saved without its family is alone in one. */
function beyondNewest(newestFirst: readonly Candidate[], most: number): readonly Candidate[] {
  const seen = new Map<string, number>();
  return newestFirst.filter(({ family }) => {
    if (family === undefined) return false;
    const number = (seen.get(family) ?? 0) + 1;
    seen.set(family, number);
    return number > most;
  });
}

function sizeWithout(caches: readonly Candidate[], chosen: ReadonlyMap<string, string>): Size {
  return new Size(caches.filter(({ tag }) => !chosen.has(tag)).map(({ surveyed }) => surveyed));
}

function stillTooMuch(
  caches: readonly Candidate[],
  chosen: ReadonlyMap<string, string>,
  { maxSize }: DirRetention,
): readonly string[] {
  const { bytes } = sizeWithout(caches, chosen);
  if (maxSize === undefined || bytes <= maxSize) return [];
  return [
    `${count(bytes, "byte")} remain, which exceeds the limit of ${maxSize}: the remaining caches were saved within the grace period`,
  ];
}
