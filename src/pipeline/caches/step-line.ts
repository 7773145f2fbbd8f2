import type { Dockerfile, Instruction } from "../../dockerfile/parse/dockerfile.ts";
import { parseStepName } from "../explain/step-name.ts";

/**
 * The line of a Dockerfile that a step such as `[build 3/5] RUN make` comes from; undefined if the
 * Dockerfile, which may have changed since, has no such step. Pure.
 */
export function lineOfStep(name: string, { instructions }: Dockerfile): number | undefined {
  const step = parseStepName(name);
  const [, all] = /^\[[^\]]*\/(\d+)\] /.exec(name) ?? [];
  if (step === undefined || all === undefined) return undefined;
  const stages = stagesOf(instructions);
  const stage = stages.find((one, index) => nameOf(one, index, stages.length) === step.stage);
  const steps = stage?.slice(1).filter(({ keyword }) => counted.has(keyword)) ?? [];
  // BuildKit counts FROM if it names an image (moby/buildkit, dockerfile2llb: cmdTotal).
  const before = Number(all) - steps.length;
  if (before !== 0 && before !== 1) return undefined;
  const found = steps[step.number - before - 1];
  return found?.keyword === step.keyword ? found.line : undefined;
}

const counted: ReadonlySet<string> = new Set(["RUN", "COPY", "ADD", "WORKDIR"]);

/** Each begins with its FROM. */
function stagesOf(instructions: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === "FROM") stages.push([instruction]);
    else stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** As in the names of steps: the only stage has none, and others without one have their number. */
function nameOf([from]: readonly Instruction[], index: number, stages: number): string {
  const [, name] = /\sAS\s+(\S+)\s*$/i.exec(from?.rest ?? "") ?? [];
  return name?.toLowerCase() ?? (stages === 1 ? "" : `stage-${index}`);
}
