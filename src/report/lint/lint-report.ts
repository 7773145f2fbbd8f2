import type { FileProblem } from "../../lint/files/input.ts";
import type { Finding, Uncertain } from "../../lint/finding.ts";
import { count } from "../../count.ts";
import { styled } from "../terminal/style.ts";
import { renderExcerpt } from "./excerpt.ts";
import { type LintOutcome, regionOf, shownPath } from "./outcome.ts";

/** Everything that was found, for people. The last line counts it. */
export function renderLint(outcome: LintOutcome): string {
  const { inputs, cwd, rules } = outcome;
  const explained = new Set<string>();
  const sections = inputs.flatMap(({ linted, fixed }) => {
    const { root } = linted.input;
    const place: PlaceOf = (finding) => placeOf(finding, root, cwd);
    return [
      ...fixed.map(
        (finding) =>
          `${styled("green", `fixed[${finding.rule}]`)}: ${place(finding)}: ${titleOf(finding)}`,
      ),
      ...linted.findings.map((finding) => {
        const isFirst = !explained.has(finding.rule);
        explained.add(finding.rule);
        const why = isFirst ? rules.find(({ id }) => id === finding.rule)?.why : undefined;
        return renderFinding(finding, place(finding), why);
      }),
      ...renderUncertain(linted.uncertain, place),
      ...renderProblems(linted.problems, (path) => shownPath(path, root, cwd)),
    ];
  });
  return [...sections, renderCounts(outcome)].join("\n\n");
}

const styles = { error: "red", warning: "yellow", note: "cyan" } as const;

type PlaceOf = (at: Pick<Finding, "span">) => string;

function placeOf({ span }: Pick<Finding, "span">, root: string, cwd: string): string {
  const { file, line, column } = regionOf(span, root, cwd);
  return `${file}:${line}:${column}`;
}

function titleOf({ fix, message }: Finding): string {
  return fix?.title ?? message;
}

function renderFinding(finding: Finding, place: string, why: string | undefined): string {
  const { severity, rule, message, confidence, fix, span } = finding;
  const excerpt = renderExcerpt(span);
  const indent = " ".repeat(String(span.file.placeOf(span.start).line).length);
  const notes = [
    ...(confidence === "high" ? [] : [`confidence: ${confidence}`]),
    ...(fix === undefined ? [] : [`fix: ${fix.title} (--fix${fix.safe ? "" : " --unsafe-fixes"})`]),
    ...(why === undefined ? [] : [`why: ${why}`, `more: layerkeep lint --explain ${rule}`]),
  ];
  return [
    `${styled(styles[severity], `${severity}[${rule}]`)}: ${message}`,
    `${indent}--> ${place}`,
    ...excerpt,
    ...notes.map((note) => `${indent} = ${note}`),
  ].join("\n");
}

/** What could not be decided, by reason. */
function renderUncertain(uncertain: readonly Uncertain[], place: PlaceOf): readonly string[] {
  return [...grouped(uncertain, ({ why }) => why)].map(([why, all]) =>
    [
      `not checked: ${why}`,
      ...[...grouped(all, place)].map(
        ([where, here]) => `  ${where} (${here.map(({ rule }) => rule).join(", ")})`,
      ),
    ].join("\n"),
  );
}

function grouped<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}

/** A file may be broken in very many places. */
const mostProblems = 10;

function renderProblems(
  problems: readonly FileProblem[],
  show: (path: string) => string,
): readonly string[] {
  return [...grouped(problems, ({ path }) => path)].map(([path, all]) => {
    const shown = all.slice(0, mostProblems).map(({ line, column, message }) => {
      return `${styled(styles.error, "error")}: ${show(path)}:${line}:${column}: ${message}`;
    });
    const more = all.length - shown.length;
    return [...shown, ...(more > 0 ? [`  and ${count(more, "more problem")}`] : [])].join("\n");
  });
}

function renderCounts({ inputs }: LintOutcome): string {
  const all = inputs.map(({ linted }) => linted);
  const findings = all.flatMap(({ findings }) => findings);
  const severities = (["error", "warning", "note"] as const).flatMap((severity) => {
    const of = findings.filter((finding) => finding.severity === severity).length;
    return of === 0 ? [] : [count(of, severity)];
  });
  const fixable = findings.filter(({ fix }) => fix?.safe === true).length;
  const details = [...severities, ...(fixable > 0 ? [`${fixable} fixable with --fix`] : [])];
  const fixed = inputs.reduce((sum, one) => sum + one.fixed.length, 0);
  const uncertain = new Set(all.flatMap((one) => one.uncertain.map(keyOf))).size;
  const ignored = all.reduce((sum, one) => sum + one.ignored, 0);
  const broken = new Set(
    all.flatMap(({ input, problems }) => problems.map(({ path }) => `${input.root}/${path}`)),
  ).size;
  const files = all.reduce((sum, { checked }) => sum + checked.length, 0);
  return [
    ...(fixed > 0 ? [`${fixed} fixed`] : []),
    `${findings.length === 0 ? "no findings" : count(findings.length, "finding")}${details.length === 0 ? "" : ` (${details.join(", ")})`}`,
    ...(uncertain > 0 ? [`${count(uncertain, "place")} could not be checked`] : []),
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
    ...(broken > 0 ? [`${count(broken, "file")} with problems`] : []),
    `${count(files, "file")} checked`,
  ].join(", ");
}

function keyOf({ span, why }: Uncertain): string {
  return `${span.file.path}:${span.start}:${why}`;
}
