import { both, type Tri, type Unknown } from "../expressions/value.ts";
import { operationsIn, type Placed } from "../model/builds.ts";
import type { Concurrency, Pipeline, PipelineScenario } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { either, pushes } from "./support/images/pushes.ts";
import type { Confidence } from "../finding.ts";

export const concurrencyLosesPushes: Rule = {
  id: "concurrency-loses-pushes",
  severity: "error",
  summary: "a newer run cancels or replaces a run that publishes images",
  why: "A concurrency group allows one run in progress and one pending run. A newer run replaces the pending run and, with cancel-in-progress, also cancels the run in progress. A tagged release is then not published, or only in part.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      for (const group of pipeline.concurrencyIn?.(scenario) ?? []) {
        const publishing = publishes(pipeline, scenario, group);
        const loss = publishing === false ? undefined : lossOf(group, scenario);
        if (loss === undefined) continue;
        const { message, severity, confidence } = loss;
        const sure = publishing === true ? confidence : "medium";
        find({ span: group.span, message, severity, confidence: sure });
      }
    }
  },
};

interface Loss {
  readonly message: string;
  readonly severity: "error" | "warning";
  readonly confidence: Confidence;
}

function lossOf(group: Concurrency, { kind }: PipelineScenario): Loss | undefined {
  const scope = scopeOf(group);
  if (kind === "tag" || kind === "release") return scope === "all" ? ofReleases(group) : undefined;
  if (kind !== "branch" || scope === "run" || group.cancels !== true) return undefined;
  return {
    message: "a newer push to the branch cancels a run that publishes images",
    severity: "warning",
    confidence: "medium",
  };
}

/** Of a group that all tags share. */
function ofReleases({ cancels, queues }: Concurrency): Loss | undefined {
  if (cancels !== false) {
    const confidence = cancels === true ? "high" : "medium";
    return {
      message: "a run for a newer tag cancels a run that publishes images",
      severity: "error",
      confidence,
    };
  }
  if (queues === true) return undefined;
  return {
    message:
      "a run for a newer tag replaces a pending run that would publish images, unless queue: max is set",
    severity: "error",
    confidence: queues === false ? "high" : "medium",
  };
}

/** What the runs of a group have in common: nothing, the ref, or nothing that varies. */
function scopeOf({ group }: Concurrency): "run" | "ref" | "all" {
  if (group.unknown.some(variesByRun)) return "run";
  return group.unknown.every(isSameForAllRefs) ? "all" : "ref";
}

function variesByRun({ expression }: Unknown): boolean {
  return /github\.(?:sha|run_id|run_number|run_attempt|event\.after)\b|\b(?:steps|needs)\b/.test(
    expression,
  );
}

/** Also of the rows of a matrix: each has its group, in which the refs are. */
function isSameForAllRefs({ expression }: Unknown): boolean {
  return /^(?:github\.(?:workflow|workflow_ref|repository|repository_owner|job|event_name|ref_type)|(?:vars|matrix|strategy)\.[\w.-]+)$/.test(
    expression,
  );
}

const publishing = ["build", "push", "merge"] as const;

/** Whether the jobs of a group push an image. */
function publishes(pipeline: Pipeline, scenario: PipelineScenario, { job }: Concurrency): Tri {
  const all = publishing
    .flatMap((kind): readonly Placed[] => operationsIn(pipeline, scenario, kind))
    .filter(({ job: { id } }) => job === undefined || id === job || id.startsWith(`${job} / `));
  return either(
    all.map(({ operation, runs }) =>
      both(runs, operation.kind === "build" ? pushes(operation) : true),
    ),
  );
}
