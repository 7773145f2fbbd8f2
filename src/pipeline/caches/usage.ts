import type { Digest } from "../../oci/digest.ts";
import type { LegTags } from "./leg-tags.ts";
import { ownerOf } from "./judge-tags.ts";
import type { SurveyedTag } from "./survey.ts";

/** Where the bytes of a cache repository are. Each piece of content is counted once. */
export interface Usage {
  readonly bytes: number;
  /** Bytes by how many legs lead to them; what no leg leads to is under 0. */
  readonly shared: readonly { readonly legs: number; readonly bytes: number }[];
  /** The largest first. */
  readonly legs: readonly LegUsage[];
}

export interface LegUsage {
  /** Null: of no leg. */
  readonly leg: string | null;
  readonly tags: number;
  readonly bytes: number;
  /** What no other leg leads to. */
  readonly own: number;
  readonly caches: number;
  readonly staged: number;
}

/** Bytes over a repository, by leg, and shared between how many. Pure. */
export function usageOf(tags: readonly SurveyedTag[], legs: LegTags): Usage {
  const groups = new Map<string | null, SurveyedTag[]>();
  for (const tag of tags) {
    const leg = ownerOf(tag, legs)?.id ?? null;
    groups.set(leg, [...(groups.get(leg) ?? []), tag]);
  }
  const sizes = new Map<Digest, number>();
  const sharers = new Map<Digest, number>();
  for (const [leg, group] of groups) {
    for (const [digest, size] of contentOf(group)) {
      sizes.set(digest, size);
      sharers.set(digest, (sharers.get(digest) ?? 0) + (leg === null ? 0 : 1));
    }
  }
  const bytesBy = new Map<number, number>();
  for (const [digest, count] of sharers) {
    bytesBy.set(count, (bytesBy.get(count) ?? 0) + (sizes.get(digest) ?? 0));
  }
  return {
    bytes: total(sizes),
    shared: [...bytesBy]
      .map(([count, bytes]) => ({ legs: count, bytes }))
      .sort((a, b) => a.legs - b.legs),
    legs: [...groups]
      .map(([leg, group]): LegUsage => {
        const content = contentOf(group);
        const mostOwn = leg === null ? 0 : 1;
        const own = [...content].filter(([digest]) => (sharers.get(digest) ?? 0) <= mostOwn);
        return {
          leg,
          tags: group.length,
          bytes: total(content),
          own: total(new Map(own)),
          caches: total(contentOf(group.filter(({ kind }) => kind === "cache"))),
          staged: total(contentOf(group.filter(({ kind }) => kind === "leg"))),
        };
      })
      .sort((a, b) => b.bytes - a.bytes),
  };
}

function contentOf(tags: readonly SurveyedTag[]): ReadonlyMap<Digest, number> {
  return new Map(tags.flatMap(({ content }) => content.map((it) => [it.digest, it.size] as const)));
}

function total(sizes: ReadonlyMap<Digest, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
