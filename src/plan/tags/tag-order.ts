import type { PlannedTag } from "../plan.ts";
import { versionSchemes } from "./version-schemes.ts";

/** An index's annotations `org.opencontainers.image.version` and `.revision`. */
export interface IndexOrigin {
  readonly version?: string | undefined;
  readonly revision?: string | undefined;
}

export interface MoveQuestion {
  readonly order: PlannedTag["order"];
  /** What the tag points at now; undefined if there is no such tag. */
  readonly current?: IndexOrigin | undefined;
  readonly ours: IndexOrigin;
  /** Whether the commit of the tag's image is an ancestor of ours. */
  readonly ancestry: "yes" | "no" | "unknown" | "same";
}

export interface MoveDecision {
  readonly move: boolean;
  /** One sentence: why. */
  readonly reason: string;
}

/**
 * Decides whether a tag may be moved to our index: never backwards. If the order is unknown, it
 * moves, and the reason says so.
 */
export function decideMove(question: MoveQuestion): MoveDecision {
  const { order, current, ours } = question;
  if (current === undefined) return move("the tag is new");
  if (order === "none") return move("the tag identifies one build");
  if (order === "ancestry") return byAncestry(question, current);
  if (current.version === undefined) {
    return move("the tagged image has no version, so it might be newer");
  }
  const scheme = versionSchemes[order];
  const theirs = scheme.parse(current.version)?.version;
  const mine = scheme.parse(ours.version ?? "")?.version;
  if (theirs === undefined || mine === undefined) {
    const odd = theirs === undefined ? current.version : (ours.version ?? "ours");
    return move(`${odd} is not ${scheme.noun}, so the tagged image might be newer`);
  }
  const difference = scheme.compare(mine, theirs);
  // One version was built at two commits, so the commits decide.
  if (difference === 0) return byAncestry(question, current);
  return difference > 0
    ? move(`${mine} is newer than ${theirs}`)
    : stay(`the tag is at ${theirs}, and ${mine} is older`);
}

function byAncestry(question: MoveQuestion, current: IndexOrigin): MoveDecision {
  if (current.revision === undefined) {
    return move("the tagged image has no commit, so it might be newer");
  }
  const theirs = current.revision.slice(0, 12);
  const ours = question.ours.revision?.slice(0, 12) ?? "ours";
  switch (question.ancestry) {
    case "same":
      return move(`the tag is at the same commit, ${theirs}`);
    case "yes":
      return move(`${ours} comes after ${theirs}`);
    case "no":
      return stay(`the tag is at ${theirs}, and ${ours} does not come after it`);
    case "unknown":
      return move(`it is unknown whether ${ours} comes after ${theirs}`);
  }
}

function move(reason: string): MoveDecision {
  return { move: true, reason };
}

function stay(reason: string): MoveDecision {
  return { move: false, reason };
}
