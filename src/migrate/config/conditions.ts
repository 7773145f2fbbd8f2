import { type DraftPublication, type DraftRule, runKey } from "./variants/draft.ts";
import { isTrusted, type SampleEvent } from "../events/sample-event.ts";
import { tagsBy } from "../old/published/tag-rules.ts";

/** What decides in which runs a rule gives a tag. */
export interface ConditionSetting {
  /** Every run that the new workflow has. */
  readonly events: readonly SampleEvent[];
  /** The defaults of the config's variables. */
  readonly vars: Readonly<Record<string, string>>;
}

/**
 * The rule with the condition under which it gives tags in the same runs as before: a workflow for
 * tags alone needs none, but the new one runs for branches, too. Undefined for a rule that gave no
 * tag, and now would.
 */
export function conditioned(
  { text, runs }: DraftRule,
  setting: ConditionSetting,
): string | undefined {
  const { events } = setting;
  const fired = events.map((event) => fires(text, event, setting));
  const wanted = events.map((event, at) => fired[at] === true && runs.has(runKey(event)));
  if (fired.includes(true) && !wanted.includes(true)) return undefined;
  const wrong = (candidate: string): number =>
    events.filter((event, at) => fires(candidate, event, setting) !== wanted[at]).length;
  return leastWrong(candidatesFor(text), wrong);
}

/** The flavor with which the rules give the same tags as before, or the most of them. */
export function bestFlavor(
  { flavors, tags }: DraftPublication,
  rules: readonly string[],
  setting: ConditionSetting,
): readonly string[] {
  const candidates = flavors.flatMap((flavor) => [
    flavor,
    [...flavor.filter((entry) => !entry.startsWith("latest=")), "latest=false"],
  ]);
  const wrong = (flavor: readonly string[]): number =>
    setting.events.reduce((sum, event) => {
      const before = tags.get(runKey(event)) ?? new Set<string>();
      const now = new Set(tagsIn(rules, flavor, event, setting));
      const both = [...now].filter((tag) => before.has(tag)).length;
      return sum + before.size + now.size - 2 * both;
    }, 0);
  return leastWrong(candidates, wrong) ?? [];
}

/** The first of those that are least wrong. */
function leastWrong<Item>(
  candidates: readonly Item[],
  wrong: (candidate: Item) => number,
): Item | undefined {
  const judged = candidates.map((candidate) => ({ candidate, wrong: wrong(candidate) }));
  return judged.sort((a, b) => a.wrong - b.wrong)[0]?.candidate;
}

/**
 * The runs of the new workflow, each once. It runs for the default branch and for tags, whatever
 * the old ones ran for.
 */
export function runsOfNewWorkflow(
  events: readonly SampleEvent[],
  always: readonly SampleEvent[],
): readonly SampleEvent[] {
  const trusted = events.filter(isTrusted);
  const missing = always.filter(
    ({ context }) =>
      !trusted.some((event) =>
        context.tag === undefined
          ? runKey(event) === `branch ${context.ref}`
          : event.context.tag !== undefined,
      ),
  );
  return [...new Map([...trusted, ...missing].map((event) => [runKey(event), event])).values()];
}

function candidatesFor(text: string): readonly string[] {
  if (/(?:^|,)enable=/.test(text)) return [text];
  const [, value] = /^type=raw,value=([\w.-]+)$/.exec(text) ?? [];
  return [
    text,
    `${text},enable={{is_default_branch}}`,
    `${text},enable={{is_not_default_branch}}`,
    ...(value === undefined ? [] : [`type=schedule,pattern=${value}`]),
  ];
}

function fires(rule: string, event: SampleEvent, setting: ConditionSetting): boolean {
  return tagsIn([rule], ["latest=false"], event, setting).length > 0;
}

/** None for rules that are not valid: those are reported when the config is loaded. */
function tagsIn(
  rules: readonly string[],
  flavor: readonly string[],
  event: SampleEvent,
  { vars }: ConditionSetting,
): readonly string[] {
  const filled = (text: string): string =>
    text.replace(/\$\{(\w+)\}/g, (_, name: string) => vars[name] ?? "");
  try {
    return tagsBy(rules.map(filled), flavor.map(filled), event);
  } catch {
    return [];
  }
}
