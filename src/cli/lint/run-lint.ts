import { realpath } from "node:fs/promises";
import { UsageError } from "../../errors.ts";
import { harmlessJson } from "../../harmless.ts";
import { type FixedInput, fixFiles } from "../../lint/fix/fix-input.ts";
import { writeChanges } from "../../lint/fix/write-changes.ts";
import { openInputs } from "../../lint/files/open-inputs.ts";
import type { Confidence, Severity } from "../../lint/finding.ts";
import { lintFiles } from "../../lint/lint-input.ts";
import { inTurns } from "../../lint/turns.ts";
import { lintAnnotations } from "../../report/lint/lint-annotations.ts";
import { lintJson } from "../../report/lint/lint-json.ts";
import { renderLint } from "../../report/lint/lint-report.ts";
import type { LintOutcome } from "../../report/lint/outcome.ts";
import { lintSarif } from "../../report/lint/sarif.ts";
import { annotate, type Annotated } from "../annotate.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { chooseRules } from "./choose-rules.ts";
import { lintExitCode } from "./exit-code.ts";
import { largestFile } from "../../lint/files/read-repository.ts";
import { readStdin } from "../files/read-stdin.ts";
import { explainRule, listRules } from "./rule-pages.ts";

type Format = "text" | "json" | "sarif" | "github";

interface Options extends GlobalOptions {
  readonly format?: Format;
  readonly fix?: boolean;
  readonly unsafeFixes?: boolean;
  readonly rule: readonly string[];
  readonly ignore: readonly string[];
  readonly minSeverity: Severity;
  readonly minConfidence: Confidence;
  readonly strict?: boolean;
  readonly listRules?: boolean;
  readonly explain?: string;
}

/** Lints what the paths name, and prints what it finds. Gives the exit code. */
export async function runLint(paths: readonly string[], options: Options, io: Io): Promise<number> {
  if (options.explain !== undefined) return explainRule(options.explain, io);
  if (options.listRules === true) return listRules(options, io);
  const format = formatOf(options);
  checkFix(paths, options);
  const rules = chooseRules(options);
  const named = paths.filter((path) => path !== "-");
  const stdin = paths.includes("-") ? await readStdin(io, largestFile) : undefined;
  const git = { cwd: io.cwd, env: io.env, signal: io.signal };
  const inputs: FixedInput[] = [];
  for (const input of await openInputs({ paths: named, stdin }, git)) {
    if (options.fix !== true) {
      const linted = await inTurns(lintFiles(input, { ...options, rules }), io.signal);
      inputs.push({ linted, fixed: [], changes: [] });
      continue;
    }
    const unsafe = options.unsafeFixes === true;
    const fixed = await inTurns(fixFiles(input, { ...options, rules, unsafe }), io.signal);
    await writeChanges(input.root, fixed.changes);
    inputs.push(fixed);
  }
  const outcome: LintOutcome = { inputs, rules, cwd: await realpath(io.cwd) };
  print(outcome, format, io);
  return lintExitCode(outcome, options.strict === true);
}

function formatOf({ format, json }: Options): Format {
  if (json && format !== undefined && format !== "json") {
    throw new UsageError(`--json cannot be used with --format ${format}`);
  }
  return json ? "json" : (format ?? "text");
}

function checkFix(paths: readonly string[], { fix, unsafeFixes }: Options): void {
  if (unsafeFixes === true && fix !== true) throw new UsageError("--unsafe-fixes needs --fix");
  if (fix === true && paths.includes("-")) {
    throw new UsageError("--fix cannot be used with standard input", {
      hint: "pass the path of the file instead",
    });
  }
}

function print(outcome: LintOutcome, format: Format, io: Io): void {
  switch (format) {
    case "text":
      io.out(`${renderLint(outcome)}\n`);
      showAnnotations(outcome, io);
      return;
    case "json":
      io.out(`${harmlessJson(lintJson(outcome), 2)}\n`);
      return;
    case "sarif":
      io.out(`${harmlessJson(lintSarif(outcome), 2)}\n`);
      return;
    case "github":
      showAnnotations(outcome, { ...io, env: asInActions(io.env, outcome) });
  }
}

/** Wherever it runs; without a workspace, files are named from the current folder. */
function asInActions(env: Io["env"], { cwd }: LintOutcome): Io["env"] {
  return { GITHUB_WORKSPACE: cwd, ...env, GITHUB_ACTIONS: "true" };
}

function showAnnotations(outcome: LintOutcome, io: Annotated): void {
  for (const { level, text, place } of lintAnnotations(outcome)) annotate(level, text, io, place);
}
