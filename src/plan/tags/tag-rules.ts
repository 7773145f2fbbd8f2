import type { Flavor, TagRule } from "../../config/config.ts";
import { affixesOf } from "../../config/publish/flavor.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { tagPattern } from "../../oci/reference.ts";
import type { Context } from "../../trust/context.ts";
import type { PlannedTag } from "../plan.ts";
import { renderTemplate } from "../../config/publish/tag-template.ts";
import { evaluateRule } from "./evaluate-rule.ts";
import { dateExpressions, defaultBranchOf, globalExpressions } from "./expressions.ts";
import type { Made, Scope } from "./rule-result.ts";

export interface TagOptions {
  /** The variant's suffix: follows all that does not name the variant, `latest` included. */
  readonly suffix: string;
  readonly now: Date;
  /** The config's default branch, or else the context's. */
  readonly defaultBranch?: string | undefined;
}

export interface TagPlan {
  /** By priority, each once. */
  readonly tags: readonly PlannedTag[];
  /**
   * For the annotation `org.opencontainers.image.version`: the first rule's version, otherwise the
   * first tag without the variant's suffix.
   */
  readonly version: string | undefined;
  /** Warnings for rules that could have produced a tag and did not. */
  readonly warnings: readonly string[];
}

/**
 * Evaluates tag rules as docker/metadata-action v6 does (its `src/meta.ts`): by priority; the first
 * rule that produces a tag decides on `latest`; a rule's own prefix or suffix replaces the
 * flavor's. Throws a usage error for every tag that no registry would accept.
 *
 * How a tag is kept from moving backwards: `semver` or `pep440` for `1.2` and for a `latest` that
 * comes from such a version; `none` for what identifies one build (the full version of a git tag, a
 * commit, a pull request); `ancestry` for everything else.
 */
export function planTags(
  rules: readonly TagRule[],
  flavor: Flavor,
  context: Context,
  options: TagOptions,
): TagPlan {
  const defaultBranch = options.defaultBranch ?? defaultBranchOf(context);
  const scope: Scope = {
    context,
    defaultBranch,
    globals: globalExpressions(context, options.now, defaultBranch),
    dates: dateExpressions(context, options.now),
  };
  const results = [...rules]
    .sort((a, b) => b.priority - a.priority)
    .filter((rule) => isEnabled(rule, scope))
    .map((rule) => evaluateRule(rule, scope));
  const given = results.flatMap((result) => {
    if (result.made === undefined) return [];
    const { prefix, suffix, named } = affixesOf(result.rule, flavor);
    const name = `${render(prefix, scope)}${result.made.value}${render(suffix, scope)}`;
    return name === "" ? [] : [{ ...result.made, name: sanitize(name), named }];
  });
  const [first] = given;
  const tags = given.map(({ name, order, named }) => ({ name, order, named }));
  if (first !== undefined && givesLatest(first, flavor)) {
    const prefix = flavor.prefixLatest ? render(flavor.prefix, scope) : "";
    const suffix = flavor.suffixLatest ? render(flavor.suffix, scope) : "";
    const order = first.version?.scheme ?? "ancestry";
    tags.push({
      name: sanitize(`${prefix}latest${suffix}`),
      order,
      named:
        (flavor.prefixLatest && flavor.prefixNamed) || (flavor.suffixLatest && flavor.suffixNamed),
    });
  }
  return {
    tags: finish(tags, options.suffix),
    version: given.find((made) => made.version !== undefined)?.version?.text ?? first?.name,
    warnings: results.flatMap((result) => result.warnings ?? []),
  };
}

function render(text: string, scope: Scope): string {
  return renderTemplate(text, scope.globals);
}

function isEnabled(rule: TagRule, scope: Scope): boolean {
  const enabled = render(rule.enable, scope);
  if (enabled === "true" || enabled === "false") return enabled === "true";
  throw new UsageError(
    `enable must be true or false, but is "${enabled}" in a tag rule of type ${rule.type}`,
    {
      hint: "use an expression that evaluates to true or false, such as {{is_default_branch}}",
    },
  );
}

function givesLatest(first: Made, flavor: Flavor): boolean {
  return flavor.latest === "auto" ? first.latest : flavor.latest === "true";
}

interface Named {
  readonly name: string;
  readonly order: PlannedTag["order"];
  /** Whether the name has the variant's name in it, or a field's value, and so needs no suffix. */
  readonly named: boolean;
}

/** Adds the variant's suffix, drops duplicates and checks the rest against the registries' rule. */
function finish(tags: readonly Named[], suffix: string): PlannedTag[] {
  const byName = new Map<string, PlannedTag>();
  for (const { name, order, named } of tags) {
    const tag = named ? name : sanitize(`${name}${suffix}`);
    const known = byName.get(tag);
    if (known === undefined || strictness[order] > strictness[known.order]) {
      byName.set(tag, { tag, order });
    }
  }
  const problems = [...byName.keys()].flatMap(problemOf);
  if (problems.length > 0) throw new UsageError(problems);
  return [...byName.values()];
}

const strictness: Readonly<Record<PlannedTag["order"], number>> = {
  semver: 2,
  pep440: 2,
  ancestry: 1,
  none: 0,
};

function problemOf(tag: string): Problem[] {
  if (tagPattern.test(tag)) return [];
  const hint =
    tag.length > longestTag
      ? `it is ${String(tag.length)} characters long, but the limit is ${String(longestTag)}; to shorten it, change the prefix, suffix or pattern of a rule`
      : "start the tag with a letter, a digit or _";
  return [{ message: `the tag rules produce "${tag}", which is not a valid tag`, hint }];
}

const longestTag = 128;

function sanitize(name: string): string {
  return name.replace(/[^a-zA-Z0-9._-]+/g, "-");
}
