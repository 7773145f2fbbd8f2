import type { InputSummary } from "../../plan/plan.ts";

/** One input that came, went or differs. */
export interface InputChange {
  /** As in a plan's `input.parts`: `context/src`, `arg:VERSION`, `pin:image:busybox:1`. */
  readonly name: string;
  readonly kind: InputKind;
  /** The part's value: a digest for what is long; null where there was none. */
  readonly before: string | null;
  readonly after: string | null;
}

export type InputKind =
  | "files"
  | "argument"
  | "base-image"
  | "syntax-image"
  | "remote-source"
  | "epoch"
  | "dockerfile"
  | "other-input";

/** How many names a sentence holds. */
const mostNamed = 4;

/** What differs between the inputs of two builds of a leg; a folder's entries go before the folder. */
export function inputChanges(
  { parts: before }: InputSummary,
  { parts: now }: InputSummary,
): readonly InputChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names
    .filter((name) => before[name] !== now[name])
    .map(
      (name): InputChange => ({
        name,
        kind: kindOf(name),
        before: before[name] ?? null,
        after: now[name] ?? null,
      }),
    );
  const finer = changed.some(({ name }) => name !== "context" && kindOf(name) === "files");
  return finer ? changed.filter(({ name }) => name !== "context") : changed;
}

/** `argument VERSION: 1 to 2`; what is long is told by its digest's beginning. */
export function describeChange({ name, kind, before, after }: InputChange): string {
  const values = `${shown(before)} to ${shown(after)}`;
  const rest = name.slice(name.lastIndexOf(":", name.indexOf(":")) + 1);
  switch (kind) {
    case "files":
      return `files: ${fileName(name)}${before === null ? " (new)" : after === null ? " (gone)" : ""}`;
    case "argument":
      return `argument ${rest}: ${values}`;
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

/** Some of many things, in one sentence. */
export function listSome(texts: readonly string[], most = mostNamed): string {
  const more = texts.length > most ? ` and ${texts.length - most} more` : "";
  return `${texts.slice(0, most).join(", ")}${more}`;
}

/** `context/src` is `src`; other names are shown as they are. */
function fileName(name: string): string {
  return name.startsWith("context/") ? name.slice("context/".length) : name;
}

function kindOf(name: string): InputKind {
  if (name === "epoch" || name === "dockerfile") return name;
  if (name.startsWith("arg:")) return "argument";
  if (name.startsWith("pin:image:")) return "base-image";
  if (name.startsWith("pin:syntax:")) return "syntax-image";
  if (name.startsWith("pin:")) return "remote-source";
  if (/^(?:context(?:\/|$)|files?[:/]|named-context:)/.test(name)) return "files";
  return "other-input";
}

function shown(value: string | null): string {
  if (value === null) return "none";
  if (value === "") return '""';
  return /^sha256:[0-9a-f]{64}$/.test(value) ? value.slice(0, "sha256:".length + 12) : value;
}
