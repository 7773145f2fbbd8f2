import type { Finding } from "../../lint/finding.ts";
import type { Migration } from "../../migrate/migration.ts";
import type { Note } from "../../migrate/notes.ts";
import type { Span } from "../../lint/yaml/node.ts";
import { count } from "../../count.ts";

/** What became of old files, for people: what was carried over, fixed, lost, and what differs. */
export function renderMigration(migration: Migration): string {
  const { sources, fixed, lost, differences, problems } = migration;
  return [
    `${sources.join(", ")}: ${summaryOf(migration)}`,
    ...section("fixed", groupFindings(fixed)),
    ...section(
      "not carried over",
      lost.flatMap((note) => renderNote(note)),
    ),
    ...section(
      "different from before",
      differences.map(({ message, runs }) => `${runs.join(", ")}: ${message}`),
    ),
    ...section("the config is not valid yet", problems),
  ].join("\n");
}

function summaryOf({ carried }: Migration): string {
  const { variants, legs, repositories, runs } = carried;
  const where = repositories.length === 0 ? "nowhere" : repositories.join(", ");
  return [
    `${count(variants, "variant")} (${count(legs, "leg")}), published to ${where};`,
    `compared in ${count(runs.length, "example run")} (${runs.join(", ")})`,
  ].join(" ");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function renderNote({ span, message, hint }: Note): readonly string[] {
  const hints = hint === undefined ? [] : hint.split("\n").map((line) => `  ${line}`);
  return [`${placeOf(span)}: ${message}`, ...hints];
}

/** One line for each rule: with many rows and steps, the same fault is in many places. */
function groupFindings(findings: readonly Finding[]): readonly string[] {
  const rules = new Map<string, Finding[]>();
  for (const finding of findings) {
    rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding]);
  }
  return [...rules].flatMap(([rule, [first, ...others]]) => {
    if (first === undefined) return [];
    const more = others.length === 0 ? "" : ` (and ${count(others.length, "more place")})`;
    return [`${placeOf(first.span)}: ${first.message}${more} [${rule}]`];
  });
}

/** `.github/workflows/images.yml:12:9`. */
export function placeOf({ file, start }: Span): string {
  const { line, column } = file.placeOf(start);
  return `${file.path}:${line}:${column}`;
}
