import type { Confidence, Fix, Severity } from "./finding.ts";
import type { Pipeline } from "./model/pipeline.ts";
import type { Span } from "./yaml/node.ts";

/** A rule of `layerkeep lint`; its page is `docs/lint/ID.md`. */
export interface Rule {
  /** In kebab case; what is wrong, not what to do: `cache-write-from-pull-request`. */
  readonly id: string;
  readonly severity: Severity;
  /** One line for lists, in the imperative or as a fact: "pull requests write the cache". */
  readonly summary: string;
  /** One or two sentences: what it costs whom. */
  readonly why: string;
  /** Looks at one file; the same finding for several scenarios or rows is kept once. */
  readonly check: (pipeline: Pipeline, report: Report) => void;
}

export interface Report {
  readonly find: (finding: Found) => void;
  /** Something that the rule would have had to know. Never counted as clean. */
  readonly cannotTell: (span: Span, why: string) => void;
}

export interface Found {
  readonly span: Span;
  readonly message: string;
  readonly confidence: Confidence;
  /** If it differs from the rule's. */
  readonly severity?: Severity;
  readonly fix?: Fix | undefined;
}
