import { byLevel } from "../../inputs/parents/by-level.ts";
import { changedAdditions } from "../../inputs/additions.ts";
import { changedParts } from "../../inputs/changed-parts.ts";
import type { TreeLeg, TreeLegs } from "./tree-legs.ts";

interface AffectedLeg {
  readonly id: string;
  readonly variant: string;
  readonly platform: string;
  /**
   * `new`: the base has no such leg; `unknown`: the two cannot be compared, so it counts as
   * affected.
   */
  readonly why: "changed" | "new" | "unknown";
  /** Names of the inputs that differ, as in a plan's `input.parts` and `input.additions`. */
  readonly changed: readonly string[];
  /** One sentence. */
  readonly reason: string;
}

export interface Affected {
  readonly legs: readonly AffectedLeg[];
  /** Ids of the legs that have the same inputs on both sides. */
  readonly unaffected: readonly string[];
  /** Ids of the legs that the head does not have. */
  readonly removed: readonly string[];
}

/**
 * The head's legs whose inputs differ from the base's. A leg that cannot be compared counts as
 * affected, so that no needed build is left out. An undefined base: nothing can be compared, for
 * the given reason.
 */
export function compareTrees(
  base: TreeLegs | { readonly unreadable: string },
  head: TreeLegs,
): Affected {
  const all = [...head.legs.values()];
  if ("unreadable" in base) {
    const reason = base.unreadable;
    return {
      legs: all.map((leg) => affected(leg, "unknown", reason)),
      unaffected: [],
      removed: [],
    };
  }
  const moved = changedOpaque(base.opaque, head.opaque);
  const found = new Map(
    all.flatMap((leg) => compareLeg(leg, base, head, moved) ?? []).map((leg) => [leg.id, leg]),
  );
  const idOf = ({ id }: TreeLeg): string => id;
  for (const leg of byLevel(all, idOf, ({ parents }) => parents).flat()) {
    const own = withParents(leg, found);
    if (own !== undefined) found.set(leg.id, own);
  }
  const legs = all.flatMap((leg) => found.get(leg.id) ?? compareAdditions(leg, base) ?? []);
  const named = new Set(legs.map(({ id }) => id));
  return {
    legs,
    unaffected: all.map(idOf).filter((id) => !named.has(id)),
    removed: [...base.legs.keys()].filter((id) => !head.legs.has(id)),
  };
}

function compareLeg(
  leg: TreeLeg,
  base: TreeLegs,
  head: TreeLegs,
  moved: readonly string[],
): AffectedLeg | undefined {
  const before = base.legs.get(leg.id);
  if (before === undefined) return affected(leg, "new", "the base does not contain this leg");
  if (leg.input === undefined) return affected(leg, "unknown", leg.problem ?? "");
  if (before.input === undefined) {
    return affected(leg, "unknown", `in the base, ${before.problem ?? ""}`);
  }
  if (base.cacheRepository !== head.cacheRepository) {
    const reason = `nothing is staged yet in ${head.cacheRepository ?? "the embedded registry"}`;
    return affected(leg, "changed", reason, ["cache"]);
  }
  const opaque = moved.find((path) => leg.reads.some((read) => meets(read, path)));
  if (opaque !== undefined) {
    return affected(leg, "unknown", `${opaque} changed, but its content cannot be compared here`);
  }
  const changed = [
    ...(before.input.digest === leg.input.digest ? [] : changedParts(before.input, leg.input)),
    ...(before.refresh === leg.refresh ? [] : ["refresh"]),
  ];
  if (changed.length === 0 && before.input.digest === leg.input.digest) return undefined;
  return affected(leg, "changed", `changed: ${changed.join(", ")}`, changed);
}

/** Additions to a baseline do not enter the input digest, so they do not affect children. */
function compareAdditions(leg: TreeLeg, base: TreeLegs): AffectedLeg | undefined {
  const before = base.legs.get(leg.id)?.input?.additions;
  const changed = changedAdditions(before, leg.input?.additions);
  if (changed.length === 0) return undefined;
  return affected(leg, "changed", `changed: ${changed.join(", ")}`, changed);
}

/** A leg is affected with its parents, and for their reason if it has no other of its own. */
function withParents(
  leg: TreeLeg,
  found: ReadonlyMap<string, AffectedLeg>,
): AffectedLeg | undefined {
  const own = found.get(leg.id);
  const parent = leg.parents.map((id) => found.get(id)).find((one) => one !== undefined);
  const isOwn = own?.changed.some((part) => !leg.parents.includes(part)) ?? false;
  if (parent === undefined || isOwn || own?.why === "new") return own;
  // The first cause, not the parent between.
  const [, inherited] = /^built on (.*)$/s.exec(parent.reason) ?? [];
  const cause = inherited ?? `${parent.id} (${parent.reason})`;
  return affected(
    leg,
    parent.why === "new" ? "changed" : parent.why,
    `built on ${cause}`,
    own?.changed,
  );
}

function affected(
  { id, variant, platform }: TreeLeg,
  why: AffectedLeg["why"],
  reason: string,
  changed: readonly string[] = [],
): AffectedLeg {
  return { id, variant, platform, why, changed, reason };
}

/** Paths whose ids differ. */
function changedOpaque(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): readonly string[] {
  const paths = [...new Set([...before.keys(), ...now.keys()])].sort();
  return paths.filter((path) => before.get(path) !== now.get(path));
}

/** Whether one of two paths is the other, or inside it. */
function meets(a: string, b: string): boolean {
  return a === "" || a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
