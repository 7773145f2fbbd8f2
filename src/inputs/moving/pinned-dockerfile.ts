import { splitFields } from "../../dockerfile/check/mount.ts";
import type { Dockerfile, Instruction } from "../../dockerfile/parse/dockerfile.ts";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import { renameSources } from "../../dockerfile/rewrite.ts";
import type { Stages } from "../../dockerfile/stages/stages.ts";
import { splitPlain } from "../../dockerfile/parse/words.ts";
import { UsageError } from "../../errors.ts";
import type { LegInputs } from "../leg-inputs.ts";
import { pinnedImage, type ResolvedPins, withCommit } from "./pinned-names.ts";

/** A Dockerfile with the digests and commits of its pins in it. */
export interface PinnedDockerfile {
  readonly text: string;
  /** From new names to old ones. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Lines whose pins could not be written into the text. */
  readonly missed: readonly number[];
}

/** The Dockerfile that the engine receives; line numbers are those of the file. */
export function pinDockerfile(inputs: LegInputs, pins: ResolvedPins): PinnedDockerfile {
  const { stages, file } = inputs;
  const renamed = new Map<string, string>();
  const wanted = new Map<string, number>();
  const image = new Map<string, string>();
  for (const { ref, line, by } of stages.imageUses) {
    const to = by === "file" ? pinnedImage(ref, pins) : undefined;
    if (to === undefined) continue;
    image.set(`${line} ${ref}`, to);
    wanted.set(`${line} ${to}`, line);
  }
  const source = new Map<string, string>();
  for (const { word, line } of stages.remoteSources) {
    const to = pinnedSource(stages, word, line, pins);
    if (to === undefined) continue;
    source.set(`${line} ${word}`, to);
    wanted.set(`${line} ${to}`, line);
  }
  if (wanted.size === 0) return { text: file.text, renamed, missed: [] };
  const remember = (to: string | undefined, from: string): string | undefined => {
    if (to !== undefined) renamed.set(to, from);
    return to;
  };
  const froms = new Map(stages.reached.map(({ line, from }) => [line, from]));
  const text = renameSources(file.text, file.dockerfile, froms, {
    image: (ref, line) => remember(image.get(`${line} ${ref}`), ref),
    source: (word, line) => remember(source.get(`${line} ${word}`), word),
  });
  return { text, renamed, missed: missedIn(inputs, text, renamed, wanted) };
}

/**
 * Parses the new text as BuildKit will: each new name must be in its instruction, and with the old
 * names put back the file must be what it was.
 */
function missedIn(
  { file: { dockerfile: original } }: LegInputs,
  text: string,
  renamed: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, number>,
): readonly number[] {
  const read = readAgain(original, text);
  const missed = new Set<number>();
  for (const [name, line] of wanted) {
    const to = name.slice(name.indexOf(" ") + 1);
    const at = original.instructions.findIndex((instruction) => instruction.line === line);
    const now = read?.instructions[at];
    if (now === undefined || !meaningOf(now).includes(inJson(to))) missed.add(line);
  }
  for (const [at, instruction] of original.instructions.entries()) {
    const now = read?.instructions[at];
    let meaning = now === undefined ? "" : meaningOf(now);
    for (const [to, from] of renamed) meaning = meaning.replaceAll(inJson(to), inJson(from));
    if (meaning !== meaningOf(instruction) && instruction.keyword !== "FROM") {
      missed.add(instruction.line);
    }
  }
  return [...missed].sort((a, b) => a - b);
}

const readTexts = new WeakMap<Dockerfile, Map<string, Dockerfile | undefined>>();

/** Parses each text once. */
function readAgain(original: Dockerfile, text: string): Dockerfile | undefined {
  const known = readTexts.get(original) ?? new Map<string, Dockerfile | undefined>();
  readTexts.set(original, known);
  if (!known.has(text)) known.set(text, tryParse(text, original.file));
  return known.get(text);
}

function tryParse(text: string, file: string): Dockerfile | undefined {
  try {
    return parseDockerfile(text, file);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** An instruction's meaning, however it is written. */
function meaningOf(instruction: Instruction): string {
  const { keyword, flags, rest, json, heredocs, trigger } = instruction;
  const fields = flags.map(({ name, value }) => [
    name,
    name === "mount" && keyword === "RUN" ? splitFields("--mount", value ?? "") : (value ?? null),
  ]);
  const words = keyword === "FROM" ? splitPlain(rest) : (json ?? rest);
  const inner = trigger === undefined ? null : meaningOf(trigger);
  return JSON.stringify([keyword, fields, trigger === undefined ? words : "", heredocs, inner]);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function pinnedSource(
  { remoteSources }: Stages,
  word: string,
  line: number,
  pins: ResolvedPins,
): string | undefined {
  const source = remoteSources.find((one) => one.line === line && one.word === word);
  if (source?.kind !== "git" || source.by !== "file") return undefined;
  const pin = pins.get(`git:${source.url}`);
  return pin === undefined ? undefined : withCommit(source.url, pin.resolved);
}
