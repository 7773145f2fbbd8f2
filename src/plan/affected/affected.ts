import { changedParts } from "../../inputs/changed-parts.ts";
import type { TreeLeg, TreeLegs } from "./tree-legs.ts";

interface AffectedLeg {
  readonly id: string;
  readonly variant: string;
  readonly platform: string;
  /** `new`: the base has no such leg; `unknown`: the two cannot be compared, so it counts. */
  readonly why: "changed" | "new" | "unknown";
  /** Names of the inputs that differ, as in a plan's `input.parts`. */
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
 * The head's legs whose inputs are not those of the base. What cannot be compared counts as
 * affected, so that nothing is built that should not be left out. An undefined base: nothing can
 * be compared, for the reason that is given.
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
  const legs = all.flatMap((leg) => compareLeg(leg, base, head, moved) ?? []);
  const named = new Set(legs.map(({ id }) => id));
  return {
    legs,
    unaffected: all.map(({ id }) => id).filter((id) => !named.has(id)),
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
  if (before === undefined) return affected(leg, "new", "the base has no such leg");
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
    return affected(leg, "unknown", `${opaque} changed, and what is in it is not read here`);
  }
  const changed = [
    ...(before.input.digest === leg.input.digest ? [] : changedParts(before.input, leg.input)),
    ...(before.refresh === leg.refresh ? [] : ["refresh"]),
  ];
  if (changed.length === 0 && before.input.digest === leg.input.digest) return undefined;
  return affected(leg, "changed", `changed: ${changed.join(", ")}`, changed);
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

/** Whether one of two paths is the other, or in it. */
function meets(a: string, b: string): boolean {
  return a === "" || a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
