import type { Span } from "./yaml/node.ts";

/** `error`: it breaks or leaks; `warning`: it costs time or goes wrong later; `note`: advice. */
export type Severity = "error" | "warning" | "note";

/** `high`: proved by the files; `medium`: true unless something unusual is set elsewhere. */
export type Confidence = "high" | "medium" | "low";

/** A fault that a rule found. */
export interface Finding {
  /** The rule's id: `cache-write-from-pull-request`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly span: Span;
  /** One sentence, without a period. */
  readonly message: string;
  readonly fix: Fix | undefined;
}

/** A change that removes a fault. */
export interface Fix {
  /** In the imperative: "add ignore-error=true". */
  readonly title: string;
  /** Whether it changes nothing but the fault; only then `--fix` applies it. */
  readonly safe: boolean;
  readonly edits: readonly Edit[];
}

/** A part of a file and the text that replaces it. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** What a rule could not decide. */
export interface Uncertain {
  readonly rule: string;
  readonly span: Span;
  /** Why: "the matrix is the output of a job". */
  readonly why: string;
}
