import type { Repository } from "../../files/repository.ts";
import type { Environment } from "../../model/environment.ts";
import type { Operation } from "../../model/operation.ts";
import type { Opaque, Script, SetForLater } from "../../model/pipeline.ts";
import { programs } from "./commands/all-commands.ts";
import type { Invocation } from "./invocation.ts";
import { layerOver } from "./layer.ts";
import { execute } from "./interpret/interpret.ts";
import { mentionsImages } from "./interpret/scripts.ts";
import type { Shell, ShellFunction, Variable } from "./shell.ts";
import { parseScript } from "./source.ts";
import { keptIn } from "./interpret/written.ts";
import type { Text } from "../../expressions/value.ts";

/** What a script does with images and caches, and what cannot be told of it. */
export interface ReadScript {
  readonly operations: readonly Operation[];
  readonly opaque: readonly Opaque[];
  /** What it certainly sets for later steps: outputs, and variables. */
  readonly sets?: SetForLater | undefined;
}

/** Far more than a script has that somebody wrote. */
const mostCommands = 20_000;

/** A shell that has not run anything. */
export function newShell(
  env: Environment,
  { folder, others }: Pick<Script, "folder" | "others">,
): Shell {
  return {
    variables: layerOver<Variable>((name) => env.get(name)),
    exported: layerOver((name) => (env.get(name) === undefined ? undefined : true)),
    functions: layerOver<ShellFunction>(() => undefined),
    kept: layerOver<Text>(() => undefined),
    arguments: [],
    folder,
    runs: true,
    ended: "no",
    endedBy: "exit",
    others,
  };
}

/** Reads a script as the shell runs it; the shell's state is then that after it. */
export function readScript(script: Script, shell: Shell, repository: Repository): ReadScript {
  const { value, span } = script;
  const isMentioned = mentionsImages(value.text);
  if (script.shell !== undefined && !/^(?:ba|da|k|a)?sh\b/.test(script.shell)) {
    const why = `the script uses ${script.shell}, but only sh and bash are supported`;
    return { operations: [], opaque: isMentioned ? [{ span, why }] : [] };
  }
  const operations: Operation[] = [];
  const opaque: Opaque[] = [];
  const source = parseScript(value, span);
  const budget = { left: mostCommands };
  const onCommand = (invocation: Invocation): void => {
    const { program, args } = invocation;
    const read = Object.hasOwn(programs, program) ? programs[program] : undefined;
    const done = read?.(args, invocation, repository) ?? {};
    const isSure = invocation.shell.runs === true;
    for (const operation of done.operations ?? []) {
      operations.push(isSure ? operation : { ...operation, conditional: true });
    }
    opaque.push(...(done.opaque ?? []));
  };
  const onOpaque = (one: Opaque): void => {
    opaque.push(one);
  };
  const run = { source, repository, onCommand, onOpaque, budget, depth: 0 };
  execute(source.script, shell, run);
  const [error] = source.script.errors ?? [];
  if (error !== undefined && isMentioned) {
    opaque.push({ span, why: `the script is not valid: ${error.message}` });
  }
  if (budget.left <= 0) opaque.push({ span, why: "the script has too many commands" });
  const outputs = keptIn(shell, "GITHUB_OUTPUT");
  const variables = keptIn(shell, "GITHUB_ENV");
  const sets = outputs.size + variables.size === 0 ? undefined : { outputs, variables };
  return { operations, opaque, sets };
}
