import type { Severity } from "../finding.ts";
import type { Field } from "../model/field.ts";
import type { Pipeline, PipelineScenario, StepRun } from "../model/pipeline.ts";
import type { Rule } from "../rule.ts";
import { at, type Span, textOf } from "../yaml/node.ts";
import { moveToEnv } from "./support/shell/move-to-env.ts";
import { isJson, type Pasted, pastedIn, sourcesOf } from "./support/shell/pasted-expressions.ts";
import { quotingAt } from "./support/shell/quoting.ts";
import { writtenByStranger } from "./support/shell/written-by-strangers.ts";

export const expressionInShell: Rule = {
  id: "expression-in-shell",
  severity: "error",
  summary: "untrusted text is inserted into a script",
  why: "GitHub inserts the value of an expression into a script before the shell runs it. A title or a branch name can contain a command, which then runs with the token and secrets of the job.",
  check: (pipeline, { find }) => {
    if (pipeline.workflow === undefined) return;
    for (const [script, { steps, severity }] of scriptsIn(pipeline)) {
      const tainted = taintedIn(script, steps);
      const fix = moveToEnv(steps, tainted);
      for (const [index, { span, what, expression }] of tainted.entries()) {
        find({
          span,
          message: `\${{ ${expression} }} inserts ${what} into the script, so anyone who can write it can run commands`,
          confidence: steps.some(({ runs }) => runs === true) ? "high" : "medium",
          severity,
          // One fix for the whole step: two would both set `env`.
          ...(index === 0 && fix !== undefined ? { fix } : {}),
        });
      }
    }
  },
};

interface Use {
  readonly severity: Severity;
  readonly steps: readonly StepRun[];
}

/** Every script, and its runs. */
function scriptsIn(pipeline: Pipeline): ReadonlyMap<Span, Use> {
  const scripts = new Map<Span, Use>();
  for (const scenario of pipeline.scenarios) {
    const severity = severityIn(scenario);
    for (const step of pipeline.runsIn(scenario).flatMap(({ steps }) => steps)) {
      const span = scriptOf(step)?.span;
      if (span === undefined) continue;
      const before = scripts.get(span);
      scripts.set(span, {
        severity: before?.severity === "error" ? "error" : severity,
        steps: [...(before?.steps ?? []), step],
      });
    }
  }
  return scripts;
}

/** On `pull_request`, the run of a stranger has no secrets, and a token that only reads. */
function severityIn({ kind }: PipelineScenario): Severity {
  return kind === "pull_request" || kind === "fork" ? "warning" : "error";
}

/** The commands of a step, or the script of actions/github-script. */
function scriptOf({ script, action }: StepRun): Field | undefined {
  return action?.name === "actions/github-script" ? action.inputs.get("script") : script;
}

interface Tainted extends Pasted {
  readonly what: string;
}

/** Expressions that take a stranger's text, themselves or by a variable, an input or a matrix. */
function taintedIn(script: Span, steps: readonly StepRun[]): readonly Tainted[] {
  const text = textOf(at(steps[0]?.node, "run")) ?? "";
  const reached = new Set(
    steps.flatMap((step) => (scriptOf(step)?.value.unknown ?? []).flatMap(propertiesOf)),
  );
  const all = pastedIn(script, text)
    .filter((pasted) => !isPlainThere(pasted, text))
    .map((pasted) => ({
      pasted,
      origins: pasted.sources.flatMap((source) => originsOf(source, steps)),
    }));
  const explained = new Set(all.flatMap(({ origins }) => origins));
  const others = [...reached].filter((property) => !explained.has(property));
  return all.flatMap(({ pasted, origins }) => {
    const isIndirect = pasted.sources.some((source) => /^(?:inputs|matrix)\b/.test(source));
    const what = [...origins.filter((one) => reached.has(one)), ...(isIndirect ? others : [])]
      .map(writtenByStranger)
      .find((found) => found !== undefined);
    return what === undefined ? [] : [{ ...pasted, what }];
  });
}

/** JSON in a here-document that is read as it is: none of its lines can be the one that ends it. */
function isPlainThere(pasted: Pasted, text: string): boolean {
  const { offset } = pasted;
  return isJson(pasted) && offset !== undefined && quotingAt(text, offset) === "verbatim";
}

/** What a property's value comes from: `env.TITLE` may be `github.event.issue.title`. */
function originsOf(source: string, steps: readonly StepRun[]): readonly string[] {
  const [, name] = /^env\.([\w-]+)$/.exec(source) ?? [];
  if (name === undefined) return [source];
  return steps.flatMap(({ env }) =>
    [...env]
      .filter(([variable]) => variable.toLowerCase() === name)
      .flatMap(([, value]) => value.unknown.flatMap(propertiesOf)),
  );
}

function propertiesOf({ expression }: { readonly expression: string }): readonly string[] {
  return sourcesOf(expression);
}
