import { posix } from "node:path";
import type { ProgressSummary } from "../../buildkit/progress/progress.ts";
import type { PlannedLeg } from "../../plan/plan.ts";

/** What the engine warns of in a Dockerfile. */
export interface DockerfileWarning {
  /** The Dockerfile, as the config names it. */
  readonly file: string;
  /** 1-based; null if the engine names none. */
  readonly line: number | null;
  /** `FromAsCasing: 'as' and 'FROM' keywords' casing do not match`. */
  readonly message: string;
  /** What the rule is for; empty if the engine does not say. */
  readonly detail: string;
  readonly url: string | null;
}

/**
 * The warnings of a leg's build; left out if there are none. The engine knows the base name of the
 * Dockerfile alone, and may be given a copy of it with the same lines, so the leg says which file
 * it is. Pure.
 */
export function dockerfileWarnings(
  { build: { dockerfile } }: PlannedLeg,
  { warnings }: ProgressSummary,
): { readonly dockerfileWarnings?: readonly DockerfileWarning[] } {
  const found = warnings.map(({ short, detail, url, file, line }): DockerfileWarning => {
    const isOwn = file === undefined || file === posix.basename(dockerfile);
    return {
      file: isOwn ? dockerfile : file,
      line: line ?? null,
      message: short.replace(/ \(line \d+\)$/, ""),
      detail,
      url: url ?? null,
    };
  });
  return found.length === 0 ? {} : { dockerfileWarnings: found };
}
