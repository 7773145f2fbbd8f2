import { remember } from "../../remember.ts";
import { entryOf, type ScalarNode, textsOf } from "../../yaml/node.ts";
import { compilePathPattern, type PathPattern } from "./path-patterns.ts";
import type { Workflow } from "../workflow.ts";

/** The filter of an event by the files that changed. */
export interface PathFilter {
  readonly event: string;
  /** The scenarios that it decides about. "Path filters are not evaluated for pushes of tags." */
  readonly scenarios: readonly string[];
  readonly kind: "paths" | "paths-ignore";
  /** Where `paths` or `paths-ignore` is written. */
  readonly key: ScalarNode;
  readonly patterns: readonly WrittenPattern[];
  /** Whether a change of this file alone starts a run. */
  readonly startsFor: (path: string) => boolean;
}

interface WrittenPattern extends PathPattern {
  readonly node: ScalarNode;
}

const scenarios: Readonly<Record<string, readonly string[]>> = {
  push: ["branch"],
  pull_request: ["pull_request", "fork"],
  pull_request_target: ["pull_request_target"],
};

/** The path filters of a workflow, in its order. */
export const pathFiltersOf = remember(({ events }: Workflow): readonly PathFilter[] =>
  events.flatMap(({ name, filters }) =>
    (["paths", "paths-ignore"] as const).flatMap((kind): PathFilter | readonly PathFilter[] => {
      const entry = entryOf(filters, kind);
      const patterns = textsOf(entry?.value).map((node) => ({
        node,
        ...compilePathPattern(node.text ?? ""),
      }));
      if (entry === undefined || patterns.length === 0) return [];
      const last = (path: string) => patterns.findLast(({ matches }) => matches(path));
      const startsFor = (path: string): boolean => {
        const found = last(path);
        return kind === "paths" ? found?.negated === false : found?.negated !== false;
      };
      return {
        event: name,
        scenarios: scenarios[name] ?? [],
        kind,
        key: entry.key,
        patterns,
        startsFor,
      };
    }),
  ),
);
