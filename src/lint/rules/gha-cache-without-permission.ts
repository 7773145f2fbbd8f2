import { knownText } from "../expressions/value.ts";
import { isSure } from "../model/caches.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Build, Settings } from "../model/operation.ts";
import type { Report, Rule } from "../rule.ts";

export const ghaCacheWithoutPermission: Rule = {
  id: "gha-cache-without-permission",
  severity: "warning",
  summary: "a run uses type=gha without permission to read or write the GitHub Actions cache",
  why: "cache-mode sets whether a job can read or write the GitHub Actions cache, and runs that anyone can start can only read it. A refused export fails the build unless ignore-error is set.",
  check: (pipeline, report) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) check(placed, report);
    }
  },
};

function check(placed: Placed<Build>, { find, cannotTell }: Report): void {
  const { operation, job, scenario } = placed;
  const written = operation.cacheTo.filter(isGha);
  const read = operation.cacheFrom.filter(isGha);
  const mode = job.cacheMode === undefined ? undefined : knownText(job.cacheMode.value);
  if (job.cacheMode !== undefined && mode === undefined) {
    const [first] = [...written, ...read];
    if (first !== undefined)
      cannotTell(first.span, "the cache-mode of the job is only known at run time");
    return;
  }
  const confidenceOf = (settings: Settings): "high" | "medium" =>
    isSure(placed, settings) ? "high" : "medium";
  if (mode === "read" || mode === "none") {
    for (const settings of written) {
      const message = `the job ${job.id} cannot write this cache with cache-mode: ${mode}`;
      find({
        span: settings.span,
        message,
        confidence: confidenceOf(settings),
        severity: severityOf(settings),
      });
    }
  }
  if (mode === "write-only" || mode === "none") {
    for (const settings of read) {
      const message = `the job ${job.id} cannot read this cache with cache-mode: ${mode}`;
      find({ span: settings.span, message, confidence: confidenceOf(settings) });
    }
  }
  if (mode !== undefined || !readOnly.has(scenario.kind)) return;
  for (const settings of written) {
    find({
      span: settings.span,
      message: `the job ${job.id} can only read this cache ${scenario.when}`,
      confidence: scenario.kind === "workflow_run" ? "low" : "medium",
      severity: severityOf(settings),
    });
  }
}

/** Events that somebody without write access can cause, for the default branch's caches. */
const readOnly = new Set(["pull_request_target", "issue_comment", "workflow_run"]);

function isGha({ type }: Settings): boolean {
  return type === "gha";
}

/** BuildKit's export fails, and the build with it, unless its errors are ignored. */
function severityOf({ attributes }: Settings): "error" | "warning" {
  return knownText(attributes.get("ignore-error")) === "true" ? "warning" : "error";
}
