import type { LintInput } from "../files/input.ts";
import { readRepository } from "../files/read-repository.ts";
import type { Finding } from "../finding.ts";
import { type LintedInput, lintFiles, type LintOptions } from "../lint-input.ts";
import { atOnce, type Turns } from "../turns.ts";
import { sourceFile } from "../yaml/node.ts";
import { readNodes } from "../yaml/read-nodes.ts";
import { applyEdits } from "./apply-edits.ts";
import { chooseFixes } from "./choose-fixes.ts";

export interface FixOptions extends LintOptions {
  /** Also applies fixes that change more than the fault. */
  readonly unsafe: boolean;
}

/** Files with fixes, in memory. */
export interface FixedInput {
  /** What is found in the files as they are now. */
  readonly linted: LintedInput;
  /** What was found before and has been fixed. */
  readonly fixed: readonly Finding[];
  readonly changes: readonly Change[];
}

/** A file whose text a fix changes. */
export interface Change {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** A fix may make room for another one; a rule whose fix does not help must not go on forever. */
const mostPasses = 10;

/**
 * Lints files and applies fixes until there is none left. Nothing is written. Throws if a fix would
 * break a file.
 */
export function fixInput(input: LintInput, options: FixOptions): FixedInput {
  return atOnce(fixFiles(input, options));
}

/** The same, one file a turn. */
export function* fixFiles(input: LintInput, options: FixOptions): Turns<FixedInput> {
  const fixed: Finding[] = [];
  const before = new Map<string, string>();
  const texts = new Map(input.texts);
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const linted = yield* lintFiles({ ...input, texts }, options);
    const chosen = chooseFixes(linted.findings, options.unsafe);
    if (chosen.findings.length === 0) return { linted, fixed, changes: changesIn(before, texts) };
    const repository = readRepository(input.root, input.files, texts);
    for (const [path, edits] of chosen.edits) {
      const text = repository.read(path)?.text ?? "";
      const after = applyEdits(text, edits);
      refuseBroken(path, text, after);
      if (!before.has(path)) before.set(path, text);
      texts.set(path, after);
    }
    fixed.push(...chosen.findings);
  }
  const linted = yield* lintFiles({ ...input, texts }, options);
  return { linted, fixed, changes: changesIn(before, texts) };
}

function changesIn(
  before: ReadonlyMap<string, string>,
  texts: ReadonlyMap<string, string>,
): readonly Change[] {
  return [...before].map(([path, text]) => {
    return { path, before: text, after: texts.get(path) ?? text };
  });
}

function refuseBroken(path: string, before: string, after: string): void {
  if (!/\.ya?ml$/.test(path)) return;
  const problemsOf = (text: string): number => readNodes(sourceFile(path, text)).problems.length;
  if (problemsOf(after) > problemsOf(before)) {
    throw new Error(`the fixes would turn ${path} into invalid YAML`);
  }
}
