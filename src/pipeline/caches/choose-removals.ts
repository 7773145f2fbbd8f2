import { count } from "../../count.ts";
import type { Retention } from "../../config/config.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { parentsIn } from "../../inputs/parents/parent-parts.ts";
import { keptHex, splitStagedTag } from "../../plan/names.ts";
import type { JudgedTag } from "./judge-tags.ts";
import { bytesOf, Size } from "./size.ts";
import type { SurveyedTag } from "./survey.ts";

export interface ChosenTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly kind: SurveyedTag["kind"];
  readonly leg: string | null;
  /** One sentence without its subject: `no leg has it, last needed 41 days ago`. */
  readonly reason: string;
}

export interface Removals {
  readonly chosen: readonly ChosenTag[];
  /** Manifests that only chosen tags lead to. */
  readonly children: readonly Digest[];
  /** Bytes that are freed, and bytes that our tags lead to afterwards. */
  readonly freed: number;
  readonly left: number;
  /** What the policy asks for but cannot have. */
  readonly warnings: readonly string[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const removable = new Set(["cache", "leg", "log"]);

/**
 * What a policy deletes. Never a tag that is not ours, a leg's newest build, the log of an existing
 * leg, a build that an existing leg was built on by its log, a tag of unknown content or age, or
 * one younger than the grace. Pure.
 */
export function chooseRemovals(
  tags: readonly SurveyedTag[],
  judged: readonly JudgedTag[],
  policy: Omit<Retention, "dirs">,
  now: number,
): Removals {
  const byTag = new Map(tags.map((it) => [it.tag, it]));
  const parents = parentInputs(tags, judged);
  const candidates = judged.flatMap((it): Candidate[] => {
    const surveyed = byTag.get(it.tag);
    const idle = it.neededAt === null ? undefined : now - Date.parse(it.neededAt);
    if (surveyed === undefined || !removable.has(it.kind) || idle === undefined) return [];
    if (it.kind === "leg" && parents.has(splitStagedTag(it.tag)?.hex ?? "")) return [];
    return idle < policy.grace ? [] : [{ ...it, surveyed, idle }];
  });
  const chosen = new Map<string, ChosenTag>();
  const choose = (it: Candidate, reason: string): void => {
    const { tag, kind, leg, surveyed } = it;
    const { digest } = surveyed;
    if (digest !== null && !chosen.has(tag)) chosen.set(tag, { tag, digest, kind, leg, reason });
  };
  for (const it of candidates) {
    if (it.state === "orphaned" && policy.orphaned !== undefined && it.idle >= policy.orphaned) {
      choose(it, `no leg uses it; last used ${ago(it.idle)}`);
    }
    const isUnused = policy.unused !== undefined && it.idle >= policy.unused;
    if (it.kind === "cache" && isUnused) choose(it, `last used ${ago(it.idle)}`);
  }
  for (const it of beyondNewest(candidates, judged, policy.legs)) {
    choose(it, `${policy.legs ?? 0} newer builds of its leg are kept`);
  }
  const kept = (): SurveyedTag[] => tags.filter(({ tag }) => !chosen.has(tag));
  const warnings: string[] = [];
  if (policy.maxSize !== undefined) {
    // Directory caches have a limit of their own.
    const size = new Size(kept().filter(({ kind }) => kind !== "dir"));
    const inOrder = candidates
      .filter((it) => it.kind === "cache" && !chosen.has(it.tag))
      .sort((a, b) => b.idle - a.idle);
    for (const it of inOrder) {
      if (size.bytes <= policy.maxSize) break;
      choose(
        it,
        `the total is over the limit of ${policy.maxSize} bytes; last used ${ago(it.idle)}`,
      );
      size.drop(it.surveyed);
    }
    if (size.bytes > policy.maxSize) {
      warnings.push(
        `${size.bytes} bytes remain, which exceeds the limit of ${policy.maxSize}: the remaining tags are in use or do not belong to Layerkeep`,
      );
    }
  }
  const removals = removalsOf(tags, [...chosen.values()]);
  return { ...removals, warnings: [...removals.warnings, ...warnings] };
}

/** What is deleted together with the chosen tags, and what stays without them. Pure. */
export function removalsOf(
  tags: readonly SurveyedTag[],
  named: readonly Pick<JudgedTag & ChosenTag, "tag" | "reason" | "leg">[],
): Removals {
  const reasons = new Map(named.map((it) => [it.tag, it]));
  const gone = tags.filter(({ tag }) => reasons.has(tag));
  const staying = tags.filter(({ tag }) => !reasons.has(tag));
  const held = new Set(staying.flatMap(({ digest, children }) => [digest, ...children]));
  // The content of a tag that cannot be read is unknown.
  const isBlind = staying.some(({ kind }) => kind === "unreadable");
  const below = isBlind ? [] : gone.flatMap(({ children }) => children);
  return {
    chosen: gone.flatMap(({ tag, digest, kind }) => {
      const { reason = "", leg = null } = reasons.get(tag) ?? {};
      return digest === null ? [] : [{ tag, digest, kind, leg, reason }];
    }),
    children: [...new Set(below.filter((digest) => !held.has(digest)))],
    freed: bytesOf(tags) - bytesOf(staying),
    left: bytesOf(staying),
    warnings: gone.filter(({ digest }) => digest === null).map(notDeleting),
  };
}

/** What several policies delete together. Pure. */
export function joinRemovals(
  tags: readonly SurveyedTag[],
  parts: readonly Pick<Removals, "chosen" | "warnings">[],
): Removals {
  const chosen = parts.flatMap((part) => part.chosen);
  return { ...removalsOf(tags, chosen), warnings: parts.flatMap(({ warnings }) => warnings) };
}

/** The warning of a tag that cannot be read. */
export function notDeleting({ tag, problem }: Pick<SurveyedTag, "tag" | "problem">): string {
  return `not deleting ${tag} because it cannot be read: ${problem ?? ""}`;
}

/** The input digests of what existing legs were built on, by their logs, as tags carry them. */
function parentInputs(
  tags: readonly SurveyedTag[],
  judged: readonly JudgedTag[],
): ReadonlySet<string> {
  const orphaned = new Set(
    judged.filter(({ state }) => state === "orphaned").map(({ tag }) => tag),
  );
  const records = tags
    .filter(({ kind, tag }) => kind === "log" && !orphaned.has(tag))
    .flatMap((log) => log.records);
  const digests = records.flatMap(({ input }) =>
    parentsIn(input.parts).map(({ digest }) => digest),
  );
  return new Set(digests.filter(isDigest).map(keptHex));
}

interface Candidate extends JudgedTag {
  readonly surveyed: SurveyedTag;
  /** Milliseconds. */
  readonly idle: number;
}

/** The staged builds of each leg beyond its newest `keep`; what the newest tag points at stays. */
function beyondNewest(
  candidates: readonly Candidate[],
  judged: readonly JudgedTag[],
  most: number | undefined,
): readonly Candidate[] {
  if (most === undefined) return [];
  const newest = new Set(
    judged.flatMap((it) =>
      it.kind === "leg" && splitStagedTag(it.tag) === undefined ? [it.digest] : [],
    ),
  );
  const byLeg = new Map<string, Candidate[]>();
  for (const it of candidates) {
    if (it.kind !== "leg" || it.leg === null || newest.has(it.digest)) continue;
    byLeg.set(it.leg, [...(byLeg.get(it.leg) ?? []), it]);
  }
  // The image of the newest tag is one of them.
  return [...byLeg.values()].flatMap((builds) =>
    builds.sort((a, b) => a.idle - b.idle).slice(Math.max(0, most - 1)),
  );
}

/** `41 days ago` */
export function ago(ms: number): string {
  const [number, unit]: readonly [number, string] =
    ms >= 2 * dayMs
      ? [Math.floor(ms / dayMs), "day"]
      : ms >= 2 * hourMs
        ? [Math.floor(ms / hourMs), "hour"]
        : [Math.floor(ms / 60_000), "minute"];
  return `${count(number, unit)} ago`;
}
