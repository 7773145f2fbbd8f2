import type { InputKind } from "./input-changes.ts";

/** One reason, for people and for programs. */
export interface Cause {
  readonly code: CauseCode;
  /** One sentence, or a clause that follows "because". */
  readonly text: string;
}

/** Stable; docs/explain.md explains each. */
type CauseCode =
  | InputKind
  | "first-build"
  | "failed-before"
  | "forced"
  | "caches-left-aside"
  | "unpinned"
  | "registry-unreadable"
  | "log-unreadable"
  | "nowhere-to-stage"
  | "not-kept"
  | "staged-leg-gone"
  | "staged-leg-unusable"
  | "added-definition"
  | "cache-not-written"
  | "cache-too-large"
  | "cache-unreadable"
  | "cache-absent"
  | "cache-min"
  | "no-cache"
  | "unknown";
