import type { InputSummary } from "./input-digest.ts";
import { isParentLeg, parentContext, parentLeg } from "./parents/parent-parts.ts";

/**
 * What was added, removed or changed, one text each: the names of the inputs; for files, the
 * instruction that takes them and, if the parts have them, the files: `src/a.c (COPY src in
 * Dockerfile:7)`. The epoch has both of its values.
 */
export function changedParts(
  { parts: before }: InputSummary,
  { parts: now }: InputSummary,
): readonly string[] {
  const changed = changedNames(before, now);
  const files = changed
    .filter((name) => name.startsWith(entryPrefix))
    .map((name) => name.slice(entryPrefix.length));
  const sources = changed.filter((name) => name.startsWith(sourcePrefix));
  return changed.flatMap((name) => {
    if (name.startsWith(entryPrefix)) return sources.length > 0 ? [] : name;
    if (name.startsWith(sourcePrefix)) {
      // An instruction's files change nothing by themselves: the context's digest does.
      return changed.includes("context") ? sourceText(name, before, now, files) : [];
    }
    if (name === "context") return files.length > 0 || sources.length > 0 ? [] : name;
    if (name === "whole-context" || isParentLeg(name)) return [];
    const parent = parentContext(name);
    if (parent !== undefined) return parentLeg(parent, now, before);
    return name === "epoch" ? `epoch ${before[name] ?? "none"} to ${now[name] ?? "none"}` : name;
  });
}

type Parts = InputSummary["parts"];

const entryPrefix = "context/";
const sourcePrefix = "files:";
const mostFiles = 3;

/** A line may move without any effect: for an instruction's files only their digest counts. */
function changedNames(before: Parts, now: Parts): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.filter((name) =>
    name.startsWith(sourcePrefix)
      ? digestIn(before[name]) !== digestIn(now[name])
      : before[name] !== now[name],
  );
}

function sourceText(name: string, before: Parts, now: Parts, files: readonly string[]): string {
  const label = name.slice(sourcePrefix.length).replace(/ #\d+$/, "");
  const place = placeIn(now[name] ?? before[name]);
  const where = place === "" ? label : `${label} in ${place}`;
  const own = files.filter((path) => isWithin(path, label));
  if (own.length === 0) return where;
  const more = own.length > mostFiles ? ` and ${own.length - mostFiles} more` : "";
  return `${own.slice(0, mostFiles).join(", ")}${more} (${where})`;
}

/** Whether a source's path names a file. Of a wildcard, the fixed beginning is compared. */
function isWithin(path: string, label: string): boolean {
  const written = label.slice(label.lastIndexOf(" ") + 1).replace(/^(?:\.?\/)+/, "");
  const fixed = /^[^*?[\\]*/.exec(written)?.[0] ?? "";
  if (fixed === "" || fixed === ".") return true;
  const folder = fixed.endsWith("/") || fixed !== written ? fixed : `${fixed}/`;
  // If many files are grouped as one folder, that folder stands for all its content.
  return path === fixed || path.startsWith(folder) || fixed.startsWith(`${path}/`);
}

function digestIn(value: string | undefined): string | undefined {
  return value?.split(" ", 1)[0];
}

function placeIn(value: string | undefined): string {
  return value?.split(" ").slice(1).join(" ") ?? "";
}
