import { UsageError } from "../../errors.ts";
import type { Rule } from "../../lint/rule.ts";
import { allRules } from "../../lint/rules/all-rules.ts";
import { nearest } from "../../nearest.ts";

/** The rules that the flags leave. Throws a usage error for a rule that does not exist. */
export function chooseRules({
  rule: wanted,
  ignore,
}: {
  readonly rule: readonly string[];
  readonly ignore: readonly string[];
}): readonly Rule[] {
  for (const id of [...wanted, ...ignore]) findRule(id);
  const chosen = allRules.filter(
    ({ id }) => (wanted.length === 0 || wanted.includes(id)) && !ignore.includes(id),
  );
  if (chosen.length === 0) throw new UsageError("--rule and --ignore leave no rules to check");
  return chosen;
}

/** Throws a usage error if it does not exist. */
export function findRule(id: string): Rule {
  const found = allRules.find((rule) => rule.id === id);
  if (found !== undefined) return found;
  const near = nearest(
    id,
    allRules.map((rule) => rule.id),
  );
  throw new UsageError(`unknown rule "${id}"`, {
    hint:
      near === undefined
        ? "run `layerkeep lint --list-rules` to list all rules"
        : `did you mean "${near}"?`,
  });
}
