import type { Row } from "../../lint/github/matrix/matrix.ts";
import type { Context } from "../../trust/context.ts";

export type EventKind = "branch" | "tag" | "release" | "schedule" | "dispatch" | "pull_request";

/** One run as an example: what the old workflow reads, and what the new config is planned in. */
export interface SampleEvent {
  readonly kind: EventKind;
  /** What follows "on" in a sentence: "the tag v1.2.3". */
  readonly name: string;
  /** The defaults of the inputs, for a run that somebody starts by hand. */
  readonly defaults: Row;
  readonly context: Context;
}

/** What is known of the repository. */
export interface RepositoryFacts {
  /** `acme/app`; undefined if it has no remote on GitHub or GitLab. */
  readonly slug: string | undefined;
  readonly defaultBranch: string;
  /** The repositories of its host's registry that belong to it: `ghcr.io/acme`. */
  readonly registry: string | undefined;
  /** Where its caches go if they go there. */
  readonly cache: string | undefined;
}

/** Whether the run may publish. */
export function isTrusted({ kind }: Pick<SampleEvent, "kind">): boolean {
  return kind !== "pull_request";
}
