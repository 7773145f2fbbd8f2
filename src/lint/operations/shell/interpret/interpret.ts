import { type Command, type CommandNode, forEachChild, type SyntaxNode } from "unbash";
import { createExpander } from "../expand/words.ts";
import { runsNext, type Shell, subshellOf } from "../shell.ts";
import { runAndOr, runCase, runIf } from "./branches.ts";
import { expressionHolds } from "./conditions.ts";
import { repeat, runFor } from "./loops.ts";
import type { Execute, Run, ShellNode, Status } from "./run.ts";
import { runSimple } from "./simple.ts";
import { keptFileOf } from "./written.ts";

/** Reads a part of a script as a shell runs it. */
export const execute: Execute = (node, shell, run) => {
  if (run.budget.left <= 0) return undefined;
  run.budget.left -= 1;
  switch (node.type) {
    case "Script":
    case "CompoundList":
      return runList(node.commands, shell, run);
    case "AndOr":
      return runAndOr(node, shell, run, execute);
    case "Pipeline":
      return runPipeline(node, shell, run);
    case "Command":
      return runCommand(node, shell, run);
    case "If":
      return runIf(node, shell, run, execute);
    case "Case":
      return runCase(node, shell, run, execute);
    case "For":
      return runFor(node, shell, run, execute);
    case "While":
      execute(node.clause, shell, run);
      return repeat(node.body, shell, run, execute);
    case "Select":
    case "ArithmeticFor":
      return repeat(node.body, shell, run, execute);
    case "BraceGroup":
      return execute(node.body, shell, run);
    case "Subshell":
      return runApart(node.body, shell, run);
    case "Redirected":
      return execute(node.command, shell, {
        ...run,
        printsTo: keptFileOf(node.redirects, createExpander(run.source, shell), run.printsTo),
      });
    case "TestCommand":
      return expressionHolds(node.expression, createExpander(run.source, shell).textOf);
    case "Function":
      shell.functions.set(node.name.value, { node, source: run.source });
      return "usual";
    case "Coproc":
      return runApart(node.body, shell, run);
    case "ArithmeticCommand":
      return undefined;
  }
};

function runList(
  statements: readonly { readonly command: ShellNode }[],
  shell: Shell,
  run: Run,
): Status {
  let status: Status = true;
  for (const { command } of statements) {
    if (runsNext(shell) === false) break;
    status = execute(command, shell, run);
  }
  return status;
}

type PipelineNode = Extract<ShellNode, { readonly type: "Pipeline" }>;

function runPipeline({ commands, prefixes }: PipelineNode, shell: Shell, run: Run): Status {
  const [only] = commands;
  const isOne = commands.length === 1 && only !== undefined;
  const statuses = isOne
    ? [execute(only, shell, run)]
    : commands.map((command: CommandNode, at) => {
        const isLast = at === commands.length - 1;
        return runApart(command, shell, { ...run, printsTo: isLast ? run.printsTo : undefined });
      });
  const negations = prefixes.filter(({ type }) => type === "Negation").length;
  const status = statuses.at(-1);
  if (negations % 2 === 0) return status;
  return status === "usual" || status === undefined ? undefined : !status;
}

function runApart(node: ShellNode, shell: Shell, run: Run): Status {
  return execute(node, subshellOf(shell), run);
}

/** A command, after those that its words run: `$(docker build -q .)`. */
function runCommand(command: Command, shell: Shell, run: Run): Status {
  if (runsNext(shell) === false) return undefined;
  const visit = (node: SyntaxNode): void => {
    const isScript = node.type === "CommandExpansion" || node.type === "ProcessSubstitution";
    if (!isScript) forEachChild(node, visit);
    else if (node.script !== undefined) {
      runApart(node.script, shell, { ...run, printsTo: undefined });
    }
  };
  forEachChild(command, visit);
  return runSimple(command, shell, run, execute);
}
