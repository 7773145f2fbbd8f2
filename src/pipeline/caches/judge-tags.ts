import { importLimit } from "../../cache/format/cache-config.ts";
import type { Digest } from "../../oci/digest.ts";
import type { LegNames } from "../../plan/names.ts";
import type { CacheRef } from "../../plan/plan.ts";
import type { BuildRecord } from "../records/build-record.ts";
import type { LegTags } from "./leg-tags.ts";
import type { SurveyedTag, TagKind } from "./survey.ts";

/**
 * `warm`: belongs to a leg, and is used. `stale`: not needed for longer than the policy allows.
 * `orphaned`: no leg has it. `missing`: a leg has no cache. `kept`: not ours to judge.
 */
export type TagState = "warm" | "missing" | "stale" | "orphaned" | "unreadable" | "kept";

/** A tag of a cache repository, compared with the legs of a config. */
export interface JudgedTag {
  readonly tag: string;
  readonly kind: TagKind;
  readonly state: TagState;
  /** `server/linux/amd64`; null: belongs to no leg. */
  readonly leg: string | null;
  /** Null: not found. */
  readonly digest: Digest | null;
  /** Bytes of all its content, each blob counted once. */
  readonly bytes: number;
  /** Bytes of that content that nothing else in the repository refers to. */
  readonly own: number;
  /** RFC 3339; null if unknown. */
  readonly createdAt: string | null;
  /**
   * When a build last read or wrote it, from the logs, or else `createdAt`. Null also if a log that
   * may know cannot be read.
   */
  readonly neededAt: string | null;
  /** Steps in the log of the builds that used it, and how many were cached. */
  readonly hits: {
    readonly builds: number;
    readonly steps: number;
    readonly cached: number;
  } | null;
  /** One sentence each. */
  readonly warnings: readonly string[];
}

export interface JudgeOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds after which an unneeded tag is stale; a month by default. */
  readonly stale?: number | undefined;
  /** Whether legs have their caches in this repository. */
  readonly hasCaches: boolean;
}

/** Caches of legs, builds and logs are judged by their use; these are not. */
const keptKinds: ReadonlySet<TagKind> = new Set(["other", "epoch", "dir", "preview"]);
const monthMs = 30 * 86_400_000;

/** Judges what a cache repository stores, given what its legs need. Pure. */
export function judgeTags(
  tags: readonly SurveyedTag[],
  legs: LegTags,
  options: JudgeOptions,
): readonly JudgedTag[] {
  const usesOf = usesBy(tags);
  const blind = blindTo(tags, legs);
  const holders = countHolders(tags);
  const judged = tags.map((it): JudgedTag => {
    const leg = ownerOf(it, legs);
    const uses = usesOf(it);
    const neededAt = blind(leg) ? null : later(uses.at(-1)?.startedAt ?? null, it.createdAt);
    return {
      tag: it.tag,
      kind: it.kind,
      state: stateOf(it, leg, neededAt, options),
      leg: leg?.id ?? null,
      digest: it.digest,
      bytes: sum(it.content),
      own: sum(it.content.filter(({ digest }) => holders.get(digest) === 1)),
      createdAt: it.createdAt,
      neededAt,
      hits: it.kind === "cache" && uses.length > 0 ? hitsOf(uses) : null,
      warnings: it.problem === null ? warningsOf(it, uses, neededAt, options) : [it.problem],
    };
  });
  const there = new Set(tags.map(({ tag }) => tag));
  const missing = options.hasCaches ? legs.cached.filter(({ cache }) => !there.has(cache)) : [];
  return [...judged, ...missing.map(missingOf)];
}

/**
 * Finds the legs whose uses are unknown, because their log, or a log of unknown owner, cannot be
 * read.
 */
function blindTo(
  tags: readonly SurveyedTag[],
  legs: LegTags,
): (leg: LegNames | undefined) => boolean {
  const lost = tags.filter(({ kind, tag }) => kind === "unreadable" && /^log/.test(tag));
  const blind = new Set(lost.map(({ tag }) => legs.loggedBy(tag)));
  return (leg) => blind.has(leg);
}

/** The leg that a tag belongs to, by its kind and its name. */
export function ownerOf({ kind, tag }: SurveyedTag, legs: LegTags): LegNames | undefined {
  if (kind === "cache") return legs.cachedBy(tag);
  if (kind === "leg") return legs.stagedBy(tag);
  return kind === "log" ? legs.loggedBy(tag) : undefined;
}

function stateOf(
  { kind }: SurveyedTag,
  leg: LegNames | undefined,
  neededAt: string | null,
  { now, stale = monthMs }: JudgeOptions,
): TagState {
  if (kind === "unreadable") return "unreadable";
  if (keptKinds.has(kind)) return "kept";
  if (leg === undefined) return "orphaned";
  return neededAt !== null && now - Date.parse(neededAt) > stale ? "stale" : "warm";
}

/**
 * The builds that read or wrote a cache, or made a staged leg, oldest first; for a log, its own
 * records. Looks in all logs: that of a deleted leg still shows when its cache was needed.
 */
function usesBy(tags: readonly SurveyedTag[]): (tag: SurveyedTag) => readonly BuildRecord[] {
  const byCache = new Map<string, Set<BuildRecord>>();
  const byDigest = new Map<string, Set<BuildRecord>>();
  const note = (map: Map<string, Set<BuildRecord>>, key: string, record: BuildRecord): void => {
    map.set(key, (map.get(key) ?? new Set()).add(record));
  };
  const records = tags.flatMap((it) => it.records);
  records.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  for (const record of records) {
    if (record.digest !== null) note(byDigest, record.digest, record);
    for (const cache of [...record.cache.from, ...record.cache.to]) {
      note(byCache, tagOf(cache), record);
    }
  }
  return ({ kind, tag, digest, records: own }) => {
    if (kind === "log") return own;
    return [...((kind === "leg" ? byDigest.get(digest ?? "") : byCache.get(tag)) ?? [])];
  };
}

/** A cache's tag; empty if it has none. */
function tagOf({ attributes: { ref = "" } }: CacheRef): string {
  return ref.slice(ref.lastIndexOf(":") + 1);
}

function hitsOf(uses: readonly BuildRecord[]): NonNullable<JudgedTag["hits"]> {
  const steps = uses.flatMap((record) => record.steps);
  return {
    builds: uses.length,
    steps: steps.length,
    cached: steps.filter(({ cached }) => cached).length,
  };
}

function warningsOf(
  { tag, kind, size }: SurveyedTag,
  uses: readonly BuildRecord[],
  neededAt: string | null,
  { now }: JudgeOptions,
): readonly string[] {
  if (kind !== "cache") return [];
  const largest = Math.max(size.manifest, size.config);
  const written = uses.filter(({ cache: { to } }) => to.some((cache) => tagOf(cache) === tag));
  const last = written.findLastIndex(({ cache }) => ["yes", "unchecked"].includes(cache.written));
  const failed = written.length - 1 - last;
  return [
    ...(largest > importLimit
      ? [
          `no engine can import it: its manifest or config is ${largest} bytes, but BuildKit reads at most 1 MiB`,
        ]
      : []),
    ...(failed >= 2 ? [`the last ${failed} builds could not write it`] : []),
    ...(neededAt !== null && now - Date.parse(neededAt) > monthMs
      ? ["no build has used it for a month"]
      : []),
  ];
}

function missingOf({ cache, id }: LegNames): JudgedTag {
  return {
    tag: cache,
    kind: "cache",
    state: "missing",
    leg: id,
    digest: null,
    bytes: 0,
    own: 0,
    createdAt: null,
    neededAt: null,
    hits: null,
    warnings: [],
  };
}

/** Counts how many manifests refer to each blob; two tags of one manifest count as one. */
export function countHolders(tags: readonly SurveyedTag[]): Map<Digest, number> {
  const holders = new Map<Digest, number>();
  for (const { content } of new Map(tags.map((it) => [it.digest ?? it.tag, it])).values()) {
    for (const { digest } of content) holders.set(digest, (holders.get(digest) ?? 0) + 1);
  }
  return holders;
}

function sum(content: SurveyedTag["content"]): number {
  return content.reduce((total, { size }) => total + size, 0);
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) >= Date.parse(b) ? a : b;
}
