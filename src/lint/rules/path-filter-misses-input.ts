import type { Repository } from "../files/repository.ts";
import { type PathFilter, pathFiltersOf } from "../github/events/path-filters.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Build } from "../model/operation.ts";
import type { Report, Rule } from "../rule.ts";
import { type BuildInputs, buildInputs } from "./support/images/build-inputs.ts";
import { stagesOf } from "./support/images/stages-of.ts";

export const pathFilterMissesInput: Rule = {
  id: "path-filter-misses-input",
  severity: "warning",
  summary: "a path filter excludes a file that the image is built from",
  why: "A change to only that file does not start a run, so the image is not rebuilt. No run fails, so nobody notices.",
  check: (pipeline, report) => {
    const { workflow, repository } = pipeline;
    for (const filter of workflow === undefined ? [] : pathFiltersOf(workflow)) {
      for (const scenario of pipeline.scenarios) {
        if (!filter.scenarios.includes(scenario.kind)) continue;
        const seen = new Set<BuildInputs>();
        for (const placed of buildsIn(pipeline, scenario)) {
          if (repository.files.size === 0) {
            report.cannotTell(filter.key, "git cannot list the files of the repository");
          } else checkBuild(placed, filter, { repository, seen }, report);
        }
      }
    }
  },
};

function checkBuild(
  placed: Placed<Build>,
  { key, startsFor }: PathFilter,
  { repository, seen }: { readonly repository: Repository; readonly seen: Set<BuildInputs> },
  { find, cannotTell }: Report,
): void {
  const { operation: build } = placed;
  const built = stagesOf(placed, repository);
  const inputs = "why" in built ? built : buildInputs(built, repository);
  if ("why" in inputs) {
    cannotTell(build.span, inputs.why);
    return;
  }
  if (seen.has(inputs)) return;
  seen.add(inputs);
  const named = inputs.named.filter((path) => !startsFor(path));
  const others = inputs.others.filter((path) => !startsFor(path) && !isProse.test(path));
  const missed = named.length > 0 ? named : others;
  if (missed.length === 0) return;
  // An argument with another value may name other files.
  const isKnown = build.buildArgs.every(({ value }) => value.unknown.length === 0);
  find({
    span: key,
    message: `a change to ${listed(missed)} does not start a run, but ${inputs.path} uses it`,
    confidence: named.length > 0 && isKnown && placed.runs === true ? "high" : "medium",
  });
}

/** What `COPY . .` takes along, but hardly ever changes what an image does. */
const isProse =
  /(?:^|\/)(?:README|LICEN[CS]E|NOTICE|CHANGELOG|CONTRIBUTING|CODEOWNERS|SECURITY|AUTHORS)[^/]*$|\.(?:md|rst|adoc)$|^docs?\/|(?:^|\/)\.(?:git\w+|github|gitlab|vscode|idea|editorconfig)\b/i;

function listed(paths: readonly string[]): string {
  const [first = "", second, ...more] = paths;
  if (second === undefined) return first;
  return more.length === 0
    ? `${first} or ${second}`
    : `${first} or one of ${more.length + 1} other files`;
}
