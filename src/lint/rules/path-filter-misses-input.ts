import { type PathFilter, pathFiltersOf } from "../github/path-filters.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Build } from "../model/operation.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import { buildInputs } from "./support/build-inputs.ts";
import { stagesOf } from "./support/stages-of.ts";

export const pathFilterMissesInput: Rule = {
  id: "path-filter-misses-input",
  severity: "warning",
  summary: "a path filter leaves out a file that the image is built from",
  why: "A change of that file alone starts no run, so the fix that it holds is never built. Nothing says so: there is no failed run, only none.",
  check: (pipeline, report) => {
    const { workflow, repository } = pipeline;
    for (const filter of workflow === undefined ? [] : pathFiltersOf(workflow)) {
      for (const scenario of pipeline.scenarios) {
        if (!filter.scenarios.includes(scenario.kind)) continue;
        // Rows of a matrix that differ in tags alone take the same files.
        const builds = new Map(buildsIn(pipeline, scenario).map((one) => [keyOf(one), one]));
        for (const placed of builds.values()) {
          if (repository.files.size === 0) {
            report.cannotTell(filter.key, "which files the repository has: git does not list them");
          } else checkBuild(placed, filter, pipeline, report);
        }
      }
    }
  },
};

/** What decides which files a build takes. */
function keyOf({ operation, job }: Placed<Build>): string {
  const { context, dockerfile, target, platforms, buildArgs } = operation;
  const fields = [context, dockerfile, target, platforms[0], ...buildArgs];
  const names = buildArgs.map(({ name }) => name);
  return JSON.stringify([job.key.start, names, fields.map((field) => field?.value.text)]);
}

function checkBuild(
  placed: Placed<Build>,
  { key, startsFor }: PathFilter,
  { repository }: Pipeline,
  { find, cannotTell }: Report,
): void {
  const { operation: build } = placed;
  const built = stagesOf(placed, repository);
  const inputs = "why" in built ? built : buildInputs(built, repository);
  if ("why" in inputs) {
    cannotTell(build.span, inputs.why);
    return;
  }
  const named = inputs.named.filter((path) => !startsFor(path));
  const others = inputs.others.filter((path) => !startsFor(path) && !isProse.test(path));
  const missed = named.length > 0 ? named : others;
  if (missed.length === 0) return;
  // An argument with another value may name other files.
  const isKnown = build.buildArgs.every(({ value }) => value.unknown.length === 0);
  find({
    span: key,
    message: `a change of ${listed(missed)} starts no run, and ${inputs.path} is built from it`,
    confidence: named.length > 0 && isKnown ? "high" : "medium",
  });
}

/** What `COPY . .` takes along, but hardly ever changes what an image does. */
const isProse =
  /(?:^|\/)(?:README|LICEN[CS]E|NOTICE|CHANGELOG|CONTRIBUTING|CODEOWNERS|SECURITY|AUTHORS)[^/]*$|\.(?:md|rst|adoc)$|^docs?\/|(?:^|\/)\.(?:git\w+|github|gitlab|vscode|idea|editorconfig)\b/i;

function listed(paths: readonly string[]): string {
  const [first = "", second, ...more] = paths;
  if (second === undefined) return first;
  return more.length === 0 ? `${first} or ${second}` : `${first} or ${more.length + 1} other files`;
}
