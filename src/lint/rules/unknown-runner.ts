import {
  hostedRunner,
  hostedRunners,
  labelsAsOf,
  retiredRunners,
} from "../github/jobs/runner-labels.ts";
import { knownText } from "../expressions/value.ts";
import type { JobRun } from "../model/pipeline.ts";
import { nearest } from "../../nearest.ts";
import { remember } from "../remember.ts";
import type { Report, Rule } from "../rule.ts";
import { replaceScalar } from "./support/edits/replace-scalar.ts";
import { at, itemsOf, type Node, type ScalarNode, type Span } from "../yaml/node.ts";

export const unknownRunner: Rule = {
  id: "unknown-runner",
  severity: "error",
  summary: "a job requests a runner that no longer exists or never existed",
  why: "If no runner has the requested label, the job fails or waits up to 24 hours for a self-hosted runner. Jobs that need it do not run either.",
  check: (pipeline, report) => {
    if (pipeline.workflow === undefined) return;
    const own = new Set<string>();
    for (const job of pipeline.scenarios.flatMap((scenario) => pipeline.runsIn(scenario))) {
      const labels = job.runner.map((label) => knownText(label)?.toLowerCase());
      const runsOn = at(job.node, "runs-on");
      if (labels.includes("self-hosted") || at(runsOn, "group") !== undefined) continue;
      for (const label of labels) {
        if (label !== undefined) checkLabel(label, job, { own, report });
        else
          report.cannotTell(runsOn ?? job.key, `the runner of ${job.id} is only known at run time`);
      }
    }
  },
};

interface Seen {
  /** Labels that only those who run the repository's own runners know. */
  readonly own: Set<string>;
  readonly report: Report;
}

function checkLabel(label: string, job: JobRun, { own, report: { find, cannotTell } }: Seen): void {
  const span = placeOf(label, job);
  const hosted = hostedRunner(label);
  const retired = retiredRunners[label];
  if (retired !== undefined) {
    const { on, instead } = retired;
    const message = `GitHub retired the runner ${label} on ${on}: use ${instead}`;
    find({ span, message, confidence: "high", fix: replaceScalar(span, label, instead) });
  } else if (hosted?.closes !== undefined) {
    const { on, instead } = hosted.closes;
    const message = `GitHub will retire the runner ${label} on ${on}: use ${instead}`;
    const fix = replaceScalar(span, label, instead);
    find({ span, message, severity: "note", confidence: "high", fix });
  } else if (hosted === undefined) {
    const near = nearest(label, Object.keys(hostedRunners));
    if (!looksHosted.test(label)) {
      if (own.has(label)) return;
      own.add(label);
      cannotTell(span, `${label} is not a known label of GitHub-hosted runners`);
      return;
    }
    const hint = near === undefined ? "" : `: did you mean ${near}?`;
    const message = `GitHub had no hosted runner named ${label} on ${labelsAsOf}${hint}`;
    const fix = near === undefined ? undefined : replaceScalar(span, label, near);
    find({ span, message, confidence: "medium", fix });
  }
}

/** Larger runners have names of their own, such as `ubuntu-24.04-16-cores`. */
const looksHosted =
  /^(?:ubuntu|windows|macos)-?(?:latest|slim|\d+(?:\.\d+)?)(?:-(?:arm|arm64|x64|intel|large|xlarge))?$/;

/** Where a label is written: in `runs-on`, or else in the job's matrix. */
function placeOf(label: string, { node, key }: JobRun): Span {
  return labelsOf(node).get(label) ?? at(node, "runs-on") ?? key;
}

/** By their text; once for all rows of the matrix. */
const labelsOf = remember((job: Node): ReadonlyMap<string, ScalarNode> => {
  const parts = [at(job, "runs-on"), at(job, "strategy", "matrix")];
  const scalars = parts.flatMap((part) => (part === undefined ? [] : valuesIn(part)));
  // The first of several wins.
  return new Map(scalars.reverse().map((node) => [node.text?.toLowerCase() ?? "", node]));
});

function valuesIn(node: Node): readonly ScalarNode[] {
  if (node.kind === "scalar") return [node];
  const inner = node.kind === "list" ? itemsOf(node) : node.entries.map(({ value }) => value);
  return inner.flatMap(valuesIn);
}
