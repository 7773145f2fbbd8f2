import { known } from "../expressions/value.ts";
import type { Repository } from "../files/repository.ts";
import type { Opaque, Script, StepRun } from "../model/pipeline.ts";
import { newShell, readScript } from "../operations/shell/read-script.ts";
import { at, type MapNode, scalarsIn } from "../yaml/node.ts";
import type { Variables } from "./variables.ts";

interface Steps {
  readonly steps: readonly StepRun[];
  readonly opaque: readonly Opaque[];
}

/** The commands of a job, one step each. */
export function readSteps(job: MapNode, variables: Variables, repository: Repository): Steps {
  const main = [...scalarsIn(at(job, "before_script")), ...scalarsIn(at(job, "script"))];
  const groups = [main, scalarsIn(at(job, "after_script"))];
  const env = variables.all();
  const base = { id: undefined, runs: true, action: undefined, env } as const;
  const opaque: Opaque[] = [];
  const run = at(job, "run");
  if (run !== undefined) opaque.push({ span: run, why: "GitLab CI steps (run) are not supported" });
  const steps = groups.flatMap((nodes) => {
    const shell = newShell(env, setting);
    return nodes.map((span): StepRun => {
      const script: Script = { ...setting, value: known(span.text ?? ""), span };
      const read = readScript(script, shell, repository);
      opaque.push(...read.opaque);
      return { ...base, span, node: span, script, operations: read.operations };
    });
  });
  return { steps, opaque };
}

/** A runner's executor decides on the shell; nearly all have a POSIX one. */
const setting = { shell: undefined, folder: known("."), others: "run" } as const;
