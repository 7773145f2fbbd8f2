import type { Opaque, Pipeline } from "../model/pipeline.ts";
import type { Found, Report, Rule } from "../rule.ts";
import type { Span } from "../yaml/node.ts";
import { lockedUses, withoutPath } from "./support/actions-lock.ts";

export const actionNotPinned: Rule = {
  id: "action-not-pinned",
  severity: "warning",
  summary: "an action is not pinned to a commit",
  why: "Anyone who can push to the action repository can move a branch or tag. The code that they choose then runs with the secrets and token of this workflow. A commit cannot be changed.",
  check: (pipeline, report) => {
    const { workflow, repository } = pipeline;
    if (workflow === undefined) return;
    const locked = lockedUses(workflow.file.path, repository);
    for (const { uses } of workflow.jobs) {
      const text = uses?.text ?? "";
      if (uses !== undefined && locked?.has(withoutPath(text)) !== true) {
        checkUse(text, uses, report);
      }
    }
    // GitHub would not start it with another action.
    if (locked !== undefined) return;
    for (const { text, span } of usesIn(pipeline)) checkUse(text, span, report);
    for (const { span, why } of missingActions(pipeline)) report.cannotTell(span, why);
  },
};

interface Use {
  readonly text: string;
  readonly span: Span;
}

/** What steps use, those of the repository's own actions too. */
function usesIn(pipeline: Pipeline): readonly Use[] {
  const runs = pipeline.scenarios.flatMap((scenario) => pipeline.runsIn(scenario));
  // Most runs share them.
  const actions = new Set(runs.flatMap(({ steps }) => steps.map(({ action }) => action)));
  return [...actions].flatMap((action) => {
    if (action === undefined) return [];
    const { name, ref, span } = action;
    return [{ text: ref === "" ? name : `${name}@${ref}`, span }];
  });
}

/** Actions of the repository that could not be read: what they use is not known. */
function missingActions(pipeline: Pipeline): readonly Opaque[] {
  return pipeline.scenarios.flatMap((scenario) =>
    pipeline.runsIn(scenario).flatMap(({ steps, opaque }) => {
      if (opaque.length === 0) return [];
      const uses = new Set(steps.map(({ action }) => action?.span));
      return opaque.filter(({ span }) => uses.has(span));
    }),
  );
}

function checkUse(text: string, span: Span, { find }: Report): void {
  const message = whyNotPinned(text);
  if (message === undefined) return;
  const found: Found = { span, message, confidence: "high" };
  // Who runs this has trusted Layerkeep already; who runs a workflow has trusted GitHub.
  find(/^(?:actions|github|layerkeep)\//.test(text) ? { ...found, severity: "note" } : found);
}

function whyNotPinned(text: string): string | undefined {
  if (/^[.$]\//.test(text)) return undefined;
  if (text.startsWith("docker://")) {
    return /@sha256:[\da-f]{64}$/.test(text)
      ? undefined
      : `the image ${text} is not pinned to a digest`;
  }
  const [, ref = ""] = text.split("@", 2);
  if (/^(?:[\da-f]{40}|[\da-f]{64})$/i.test(ref)) return undefined;
  return `${text} refers to ${kindOf(ref)}, which can be moved to another commit`;
}

function kindOf(ref: string): string {
  if (/^v?\d/.test(ref)) return "a tag";
  return /^(?:main|master|develop|trunk)$/.test(ref) ? "a branch" : "a branch or a tag";
}
