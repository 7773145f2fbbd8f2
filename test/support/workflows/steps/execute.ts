import type { Annotation } from "../record.ts";
import { type CommandFiles, createCommandFiles } from "./command-files.ts";
import { createCommandReader } from "./commands.ts";
import { tellMoment } from "./moments.ts";
import { type ProcessToRun, runProcess } from "./process.ts";
import type { StepRun } from "./running-job.ts";

/** "GITHUB_STEP_SUMMARY: maximum size of 1 MiB a step". */
const largestSummary = 1024 * 1024;

/**
 * Runs a process for a step, with the files and commands by which it sets variables, outputs,
 * state, masks, annotations and its summary; gives the exit code.
 */
export async function executeForStep(step: StepRun, what: ProcessToRun): Promise<number> {
  const { job, name } = step;
  const files = createCommandFiles(job.temp);
  const read = createCommandReader(commandSink(step));
  const exitCode = await runProcess(
    { ...what, env: { ...what.env, ...files.env } },
    {
      onLine: (line) => {
        read(line);
        tellMoment(job, name, line);
      },
      cancellation: step.cancellation,
      timeScale: job.run.options.timeScale ?? 1,
    },
  );
  takeFiles(step, files);
  return exitCode;
}

export function annotate(step: StepRun, annotation: Annotation): void {
  const { masks, annotations } = step.job;
  annotations.push({ ...annotation, message: masks.hide(annotation.message) });
}

function commandSink(step: StepRun): Parameters<typeof createCommandReader>[0] {
  const { job } = step;
  return {
    log: (line) => job.log.push(job.masks.hide(line)),
    annotate: (annotation) => annotate(step, annotation),
    mask: (secret) => job.masks.add(secret),
    setOutput: (name, value) => void (step.outputs[name] = value),
    saveState: (name, value) => void (step.state[name] = value),
  };
}

function takeFiles(step: StepRun, files: CommandFiles): void {
  const { job } = step;
  for (const [name, value] of files.pairs("ENV")) {
    if (/^(GITHUB|RUNNER)_|^NODE_OPTIONS$/.test(name)) {
      annotate(step, { level: "warning", message: `Can't store ${name} output parameter` });
    } else {
      job.env.set(name, value);
    }
  }
  for (const [name, value] of files.pairs("OUTPUT")) step.outputs[name] = value;
  for (const [name, value] of files.pairs("STATE")) step.state[name] = value;
  job.path.unshift(...files.read("PATH").split("\n").filter(Boolean).reverse());
  const summary = files.read("STEP_SUMMARY");
  if (Buffer.byteLength(summary) > largestSummary) {
    const message = "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k";
    annotate(step, { level: "error", message });
  } else if (summary !== "") {
    job.summaries.push(job.masks.hide(summary));
  }
}
