import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import type { Io } from "../io.ts";
import { findValues } from "./find-values.ts";
import { type Candidate, offerFor } from "./offer.ts";

const shells = ["bash", "zsh", "fish"] as const;
/** A shell that has a completion script. */
export type Shell = (typeof shells)[number];

/** Throws a usage error for any other shell. */
export function parseShell(text: string): Shell {
  const shell = shells.find((name) => name === text);
  if (shell !== undefined) return shell;
  throw new UsageError(`no completion for the shell "${text}"`, { hint: "use bash, zsh or fish" });
}

/**
 * Prints what fits at the cursor, for the scripts of `layerkeep completion`: first `:words`,
 * `:files` or `:folders`, then a line for each word, with a tab and its description.
 */
export async function printCompletions(
  shell: Shell,
  words: readonly string[],
  program: Command,
  io: Io,
): Promise<void> {
  const typed = shell === "bash" ? joinBroken(words) : words;
  const offer = offerFor(program, typed);
  if (offer.kind === "files" || offer.kind === "folders") {
    io.out(`:${offer.kind}\n`);
    return;
  }
  const found = offer.kind === "words" ? offer.words : await findValues(offer, io);
  const lines = shell === "bash" ? forBash(found, typed.at(-1) ?? "") : found.map(renderCandidate);
  io.out([":words", ...lines, ""].join("\n"));
}

function renderCandidate({ value, description }: Candidate): string {
  return `${value}\t${description.replaceAll(/\s+/g, " ")}`;
}

/** bash does not match words itself, and wants only what comes after the last `=` or `:`. */
function forBash(found: readonly Candidate[], typed: string): readonly string[] {
  const kept = /[=:][^=:]*$/.exec(typed)?.index ?? -1;
  return found.flatMap(({ value }) => (value.startsWith(typed) ? [value.slice(kept + 1)] : []));
}

/** bash breaks words at `=` and `:` (COMP_WORDBREAKS). */
function joinBroken(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let isOpen = false;
  for (const word of words) {
    const isBreak = /^[=:]+$/.test(word);
    if ((isBreak || isOpen) && joined.length > 0) joined.push(`${joined.pop() ?? ""}${word}`);
    else joined.push(word);
    isOpen = isBreak;
  }
  return joined;
}
