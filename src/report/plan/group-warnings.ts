import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { few } from "../few.ts";
import { count } from "../../count.ts";

/**
 * Warnings for a reader, each kind in one line: what warnings about several legs, variants or moving
 * inputs have in common, how many there are, and the first of them. A warning about a leg or a
 * variant begins with its name and a colon. Two warnings are of one kind if nothing but these names
 * differs, and those of a leg's own caches and tags.
 */
export function groupWarnings(
  warnings: readonly string[],
  plan: Pick<Plan, "legs" | "pins">,
): readonly string[] {
  const subjects = subjectsOf(plan);
  const kinds = new Map<string, Warning[]>();
  for (const line of new Set(warnings)) {
    const warning = readWarning(line, subjects);
    const alike = kinds.get(warning.kind);
    if (alike === undefined) kinds.set(warning.kind, [warning]);
    else alike.push(warning);
  }
  return [...kinds.values()].flatMap(renderKind);
}

interface Subject {
  readonly noun: "leg" | "variant" | "input";
  /** Names that only this one has, in an order that is the same for each leg. */
  readonly own: readonly string[];
}

interface Warning {
  readonly line: string;
  /** Equal for warnings that say the same of different subjects. */
  readonly kind: string;
  readonly noun: string;
  /** Such as a leg's id; empty if it is about the run. */
  readonly name: string;
  /** Without the name in front. */
  readonly text: string;
}

function subjectsOf({ legs, pins }: Pick<Plan, "legs" | "pins">): ReadonlyMap<string, Subject> {
  return new Map<string, Subject>([
    ...pins.map(({ ref }) => [ref, { noun: "input", own: [ref] }] as const),
    ...legs.map(({ variant }) => [variant, { noun: "variant", own: [] }] as const),
    ...legs.map((leg) => [leg.id, { noun: "leg", own: ownNames(leg) }] as const),
  ]);
}

/** Longer names first: a tag is part of a reference. */
function ownNames({ id, staged, cache }: PlannedLeg): readonly string[] {
  const caches = [...cache.to, ...cache.from].flatMap(({ attributes }) => attributes["ref"] ?? []);
  const refs = [...(staged === null ? [] : [staged.leg, staged.newest, staged.log]), ...caches];
  // A reference in the config may have any text.
  const tags = refs.flatMap((ref) => /:([^:/@]+)$/.exec(ref)?.[1] ?? []);
  return [...new Set([...refs, id, ...tags])].filter((name) => name !== "");
}

function readWarning(line: string, subjects: ReadonlyMap<string, Subject>): Warning {
  const [, name = "", text = ""] = /^([^\s:]+): ([^]+)$/.exec(line) ?? [];
  const subject = subjects.get(name);
  if (subject !== undefined && subject.noun !== "input") {
    return { line, ...kindOf(text, subject), name, text };
  }
  for (const [word] of line.matchAll(/[^\s,;()"]+/g)) {
    const input = subjects.get(word);
    if (input?.noun === "input") return { line, ...kindOf(line, input), name: word, text: line };
  }
  return { line, kind: line, noun: "", name: "", text: line };
}

function kindOf(text: string, { noun, own }: Subject): Pick<Warning, "kind" | "noun"> {
  const masked = own.reduce((rest, name, at) => rest.replaceAll(name, `\0${at}\0`), text);
  return { kind: `${noun}\0${masked}`, noun };
}

function renderKind(alike: readonly Warning[]): readonly string[] {
  const [first] = alike;
  const names = [...new Set(alike.map(({ name }) => name))];
  if (first === undefined || names.length < 2) return alike.map(({ line }) => line);
  if (alike.every(({ text }) => text === first.text)) {
    return [`${first.text} (${count(names.length, first.noun)}: ${few(names)})`];
  }
  const others = names.slice(1);
  return [
    `${first.line} (the same for ${count(others.length, `more ${first.noun}`)}: ${few(others)})`,
  ];
}
