import { type PathFilter, pathFiltersOf } from "../github/events/path-filters.ts";
import { compilePathPattern } from "../github/events/path-patterns.ts";
import { changesIn } from "../gitlab/changes.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import type { ScalarNode } from "../yaml/node.ts";
import { replaceScalar } from "./support/edits/replace-scalar.ts";

export const pathFilterWithoutFiles: Rule = {
  id: "path-filter-without-files",
  severity: "warning",
  summary: "a path filter does not match any file in the repository",
  why: "A pattern must match the full path of a file from the root of the repository. A pattern that matches no file never starts a run. Either the folder was renamed, or the pattern was always wrong.",
  check: (pipeline, { find, cannotTell }) => {
    const { files } = pipeline.repository;
    for (const { key, patterns } of filtersOf(pipeline)) {
      if (files.size === 0) {
        cannotTell(key, "git cannot list the files of the repository");
        continue;
      }
      for (const { node, negated, plain, matches } of patterns) {
        if (negated || [...files].some(matches)) continue;
        const pattern = node.text ?? "";
        const instead = plain ? correctedPattern(pattern, files) : undefined;
        find({
          span: node,
          message: `${pattern} does not match any file${hintOf(pattern, instead)}`,
          confidence: plain ? "high" : "medium",
          fix: instead === undefined ? undefined : replaceScalar(node, pattern, instead),
        });
      }
    }
  },
};

type Filter = Pick<PathFilter, "key" | "patterns">;

function filtersOf(pipeline: Pipeline): readonly Filter[] {
  const { workflow, scenarios } = pipeline;
  if (workflow !== undefined) {
    return pathFiltersOf(workflow).filter(({ kind }) => kind === "paths");
  }
  const jobs = scenarios.flatMap((scenario) => pipeline.runsIn(scenario));
  // Many jobs have the rules of one template.
  const nodes = new Set(jobs.map(({ node }) => node));
  const patterns = new Set([...nodes].flatMap((node) => changesIn(node)));
  return [...patterns].flatMap(filterOfGitlab);
}

/** `*`, `**` and plain paths mean the same in both; other patterns and variables are not read. */
function filterOfGitlab(node: ScalarNode): readonly Filter[] {
  const pattern = node.text ?? "";
  if (/[$?+{[\\!]/.test(pattern)) return [];
  return [{ key: node, patterns: [{ node, ...compilePathPattern(pattern) }] }];
}

/** What is meant by a path that is a folder, or that begins with a slash or a dot. */
function correctedPattern(pattern: string, files: ReadonlySet<string>): string | undefined {
  const path = pattern.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
  if (path === "") return "**";
  if (files.has(path)) return path;
  return [...files].some((file) => file.startsWith(`${path}/`)) ? `${path}/**` : undefined;
}

function hintOf(pattern: string, instead: string | undefined): string {
  if (instead === undefined) return "";
  const isFolder = instead.endsWith("/**") && !/^\.?\//.test(pattern);
  return isFolder ? `: use ${instead} for the files in that folder` : `: use ${instead}`;
}
