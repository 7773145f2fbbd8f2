import type { Digest } from "../../oci/digest.ts";
import type { LegTags } from "./leg-tags.ts";
import { ownerOf } from "./judge-tags.ts";
import type { SurveyedTag } from "./survey.ts";

/** How a cache repository's bytes are distributed. Each blob is counted once. */
export interface Usage {
  readonly bytes: number;
  /**
   * Bytes by how many legs refer to them; those that no leg refers to are under 0, without those
   * that only directory caches refer to.
   */
  readonly shared: readonly { readonly legs: number; readonly bytes: number }[];
  /** The largest first. */
  readonly legs: readonly LegUsage[];
  readonly directories: {
    readonly tags: number;
    readonly bytes: number;
    /** Bytes that only directory caches refer to. */
    readonly own: number;
  };
}

export interface LegUsage {
  /** Null: belongs to no leg. */
  readonly leg: string | null;
  readonly tags: number;
  readonly bytes: number;
  /** Bytes that no other leg refers to. */
  readonly own: number;
  readonly caches: number;
  readonly staged: number;
  /** Records of builds, and what their steps printed. */
  readonly logs: number;
}

/**
 * Sums the bytes of a repository, by leg, by how many legs share them, and of directory caches. Pure.
 */
export function usageOf(tags: readonly SurveyedTag[], legs: LegTags): Usage {
  const groups = new Map<string | null, SurveyedTag[]>();
  const directories = tags.filter(({ kind }) => kind === "dir");
  for (const tag of tags.filter(({ kind }) => kind !== "dir")) {
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
  const inDirectories = contentOf(directories);
  const own = new Map([...inDirectories].filter(([digest]) => !sizes.has(digest)));
  return {
    bytes: total(sizes) + total(own),
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
          logs: total(contentOf(group.filter(({ kind }) => kind === "log"))),
        };
      })
      .sort((a, b) => b.bytes - a.bytes),
    directories: { tags: directories.length, bytes: total(inDirectories), own: total(own) },
  };
}

function contentOf(tags: readonly SurveyedTag[]): ReadonlyMap<Digest, number> {
  return new Map(tags.flatMap(({ content }) => content.map((it) => [it.digest, it.size] as const)));
}

function total(sizes: ReadonlyMap<Digest, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
