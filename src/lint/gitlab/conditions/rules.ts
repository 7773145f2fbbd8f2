import { both, type Tri } from "../../expressions/value.ts";
import { at, itemsOf, type MapNode, type Node, textOf } from "../../yaml/node.ts";
import type { GitlabKind } from "../scenarios.ts";
import type { Variables } from "../variables.ts";
import { conditionHolds } from "./condition-holds.ts";

/** Whether a job, or a pipeline, runs, and the variables that the rule for it sets. */
export interface Ruled {
  readonly runs: Tri;
  readonly variables: Node | undefined;
}

interface Setting {
  readonly kind: GitlabKind;
  readonly variables: Variables;
  /** `when` of the job, for rules without one. */
  readonly when: string | undefined;
}

/** The first rule that matches decides; without one nothing runs. */
export function applyRules(rules: Node, setting: Setting): Ruled {
  const possible: Ruled[] = [];
  for (const rule of flat(rules)) {
    const matches = ruleMatches(rule, setting);
    if (matches === false) continue;
    const runs = runsWhen(textOf(at(rule, "when")) ?? setting.when);
    possible.push({ runs, variables: at(rule, "variables") });
    if (matches === true) return oneOf(possible);
  }
  return oneOf([...possible, { runs: false, variables: undefined }]);
}

/** `!reference` can put lists of rules into a list. */
function flat(rules: Node): readonly MapNode[] {
  return itemsOf(rules).flatMap((rule) => {
    if (rule.kind === "list") return flat(rule);
    return rule.kind === "map" ? [rule] : [];
  });
}

function ruleMatches(rule: MapNode, { kind, variables }: Setting): Tri {
  const condition = at(rule, "if");
  const holds = condition === undefined ? true : conditionHolds(textOf(condition) ?? "", variables);
  const exists = at(rule, "exists") === undefined ? true : undefined;
  return both(both(holds, exists), filesChanged(at(rule, "changes"), kind));
}

/** Pipelines without a push or a merge request count every file as changed. */
export function filesChanged(changes: Node | undefined, kind: GitlabKind): Tri {
  if (changes === undefined) return true;
  return kind === "tag" || kind === "schedule" || kind === "web" ? true : undefined;
}

/** A job that somebody has to start, or that waits for a failure, may never run. */
export function runsWhen(when: string | undefined): Tri {
  if (when === "never") return false;
  return when === "manual" || when === "on_failure" ? undefined : true;
}

function oneOf(possible: readonly Ruled[]): Ruled {
  const [first] = possible;
  const isSame = possible.every(({ runs }) => runs === first?.runs);
  const variables = possible.length === 1 ? first?.variables : undefined;
  return { runs: isSame ? first?.runs : undefined, variables };
}
