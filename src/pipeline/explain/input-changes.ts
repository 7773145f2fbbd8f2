import { isParentLeg, parentContext, parentLeg } from "../../inputs/parents/parent-parts.ts";
import type { InputSummary } from "../../inputs/input-digest.ts";

/** One input that was added, removed or changed. */
export interface InputChange {
  /** As in a plan's `input.parts`: `files:COPY src`, `arg:VERSION`, `pin:image:busybox:1`. */
  readonly name: string;
  readonly kind: InputKind;
  /** The part's value, as a digest if it is long; null if there was none. */
  readonly before: string | null;
  readonly after: string | null;
  /** For an instruction's files: the files and folders that differ, relative to the context. */
  readonly entries: readonly string[];
  /** Of a parent: its leg's id. */
  readonly leg?: string;
}

export type InputKind =
  | "files"
  | "argument"
  | "parent"
  | "base-image"
  | "syntax-image"
  | "remote-source"
  | "epoch"
  | "dockerfile"
  | "other-input";

/** How many names a sentence lists. */
const mostNamed = 4;

/**
 * What differs between the inputs of two builds of a leg. Files are listed by the instructions that
 * take them, if the parts have those.
 */
export function inputChanges(
  { parts: before }: InputSummary,
  { parts: now }: InputSummary,
): readonly InputChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names.filter((name) => valueOf(name, before) !== valueOf(name, now));
  const entries = changed.flatMap((name) =>
    name.startsWith(entryPrefix) ? name.slice(entryPrefix.length) : [],
  );
  // An instruction's files change nothing by themselves: the context's digest does.
  const sources = changed.filter(
    (name) => name.startsWith(sourcePrefix) && changed.includes("context"),
  );
  const takenBy = (source: string): readonly string[] =>
    entries.filter((path) => isWithin(path, labelOf(source)));
  const told = new Set(sources.flatMap(takenBy));
  return changed
    .filter((name) => {
      if (name === "whole-context" || isParentLeg(name)) return false;
      if (name === "context") return sources.length === 0 && entries.length === 0;
      if (name.startsWith(sourcePrefix)) return sources.includes(name);
      return !name.startsWith(entryPrefix) || !told.has(name.slice(entryPrefix.length));
    })
    .map(
      (name): InputChange => ({
        name,
        kind: kindOf(name),
        before: before[name] ?? null,
        after: now[name] ?? null,
        entries: name.startsWith(sourcePrefix) ? takenBy(name) : [],
        ...parentOf(name, now, before),
      }),
    );
}

function parentOf(name: string, ...parts: readonly InputSummary["parts"][]): { leg?: string } {
  const context = parentContext(name);
  return context === undefined ? {} : { leg: parentLeg(context, ...parts) };
}

const entryPrefix = "context/";
const sourcePrefix = "files:";

/** A line may move without any effect: for an instruction's files only the digest counts. */
function valueOf(name: string, parts: InputSummary["parts"]): string | undefined {
  const value = parts[name];
  return name.startsWith(sourcePrefix) ? value?.split(" ", 1)[0] : value;
}

/** Returns `COPY src` for `files:COPY src #2`. */
export function labelOf(source: string): string {
  return source.slice(sourcePrefix.length).replace(/ #\d+$/, "");
}

/** Whether an instruction's source names a path. Of a wildcard, the text before it is compared. */
function isWithin(path: string, label: string): boolean {
  const written = label.slice(label.lastIndexOf(" ") + 1).replace(/^(?:\.?\/)+/, "");
  const fixed = /^[^*?[\\]*/.exec(written)?.[0] ?? "";
  if (fixed === "" || fixed === ".") return true;
  if (fixed !== written) return path.startsWith(fixed);
  const folder = fixed.replace(/\/$/, "");
  return path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`);
}

/** `argument VERSION: 1 to 2`; long values are shortened to the beginning of their digest. */
export function describeChange(change: InputChange): string {
  const { name, kind, before, after } = change;
  const values = `${shown(before)} to ${shown(after)}`;
  switch (kind) {
    case "files":
      return describeFiles(change);
    case "argument":
      return `argument ${name.slice("arg:".length)}: ${values}`;
    case "parent":
      return change.leg ?? name;
    case "base-image":
      return `base image ${name.slice("pin:image:".length)}: ${values}`;
    case "syntax-image":
      return `syntax image ${name.slice("pin:syntax:".length)}: ${values}`;
    case "remote-source":
      return `remote source ${name.replace(/^pin:\w+:/, "")}: ${values}`;
    case "epoch":
      return `epoch: ${values}`;
    case "dockerfile":
      return "the Dockerfile";
    case "other-input":
      return `${name}: ${values}`;
  }
}

/** `src/a.c (COPY src in Dockerfile:7)`, or the part's own name. */
function describeFiles({ name, before, after, entries }: InputChange): string {
  const state = before === null ? " (new)" : after === null ? " (removed)" : "";
  if (name.startsWith(entryPrefix)) return `${name.slice(entryPrefix.length)}${state}`;
  if (!name.startsWith(sourcePrefix)) return `${name}${state}`;
  const place = (after ?? before ?? "").split(" ").slice(1).join(" ");
  const where = place === "" ? labelOf(name) : `${labelOf(name)} in ${place}`;
  return entries.length === 0 ? where : `${listSome(entries)} (${where})`;
}

/** The first few texts, in one sentence. */
export function listSome(texts: readonly string[], most = mostNamed): string {
  const more = texts.length > most ? ` and ${texts.length - most} more` : "";
  return `${texts.slice(0, most).join(", ")}${more}`;
}

function kindOf(name: string): InputKind {
  if (name === "epoch" || name === "dockerfile") return name;
  if (name.startsWith("arg:")) return "argument";
  if (parentContext(name) !== undefined) return "parent";
  if (name.startsWith("pin:image:")) return "base-image";
  if (name.startsWith("pin:syntax:")) return "syntax-image";
  if (name.startsWith("pin:")) return "remote-source";
  if (/^(?:context(?:\/|$)|files:|named-context:)/.test(name)) return "files";
  return "other-input";
}

function shown(value: string | null): string {
  if (value === null) return "none";
  if (value === "") return '""';
  return /^sha256:[0-9a-f]{64}$/.test(value) ? value.slice(0, "sha256:".length + 12) : value;
}
