import { posix } from "node:path";
import { dockerfilePath, inlineName } from "../../config/variants/dockerfile-path.ts";
import type { ProgressSummary } from "../../buildkit/progress/progress.ts";
import type { PlannedLeg } from "../../plan/plan.ts";

/** A warning of the engine about a Dockerfile. */
export interface DockerfileWarning {
  /** The Dockerfile's path, as in the config; of an inline one, what messages call it. */
  readonly file: string;
  /** 1-based; null if the engine reports no line. */
  readonly line: number | null;
  /** `FromAsCasing: 'as' and 'FROM' keywords' casing do not match`. */
  readonly message: string;
  /** What the rule is for; empty if the engine reports none. */
  readonly detail: string;
  readonly url: string | null;
}

/**
 * The warnings of a leg's build; undefined if there are none. The engine knows only the
 * Dockerfile's base name, and may have received a copy with the same lines, so the path comes from
 * the leg. Pure.
 */
export function dockerfileWarnings(
  { build }: PlannedLeg,
  { warnings }: ProgressSummary,
): { readonly dockerfileWarnings?: readonly DockerfileWarning[] } {
  const { dockerfile } = build;
  const received = posix.basename(dockerfilePath(build) ?? inlineName);
  const found = warnings.map(({ short, detail, url, file, line }): DockerfileWarning => {
    const isOwn = file === undefined || file === received;
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
