import { join } from "node:path";
import { annotate } from "../steps/execute.ts";
import { processEnv } from "../steps/environment.ts";
import type { StepRun } from "../steps/running-job.ts";
import { artifactStore } from "../stand-ins/artifact-store.ts";
import type { StandIn } from "../stand-ins/stand-in.ts";

/** Runs a stand-in for an action. One that throws fails the step with its message, as actions do. */
export async function runStandIn(
  step: StepRun,
  { standIn, name }: { readonly standIn: StandIn; readonly name: string },
  inputs: Readonly<Record<string, string>>,
): Promise<number> {
  const { job } = step;
  const { options, trigger } = job.run;
  try {
    await standIn({
      action: name,
      input: (input) => (inputs[input] ?? "").trim(),
      env: processEnv(job, step.env),
      workspace: job.workspace,
      temp: job.temp,
      home: job.home,
      token: job.token,
      trigger,
      repository: options.repository,
      repositories: options.repositories ?? {},
      cacheMode: job.cacheMode,
      caches: options.caches ?? join(options.folder, "caches"),
      artifacts: artifactStore(job.run),
      log: (line) => job.log.push(job.masks.hide(line)),
      annotate: (annotation) => annotate(step, annotation),
      setOutput: (output, value) => void (step.outputs[output] = value),
      mask: (secret) => job.masks.add(secret),
      atEnd: (post, postIf = "always()") =>
        job.posts.push({ name: `Post ${step.name}`, if: postIf, run: async () => await post() }),
    });
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    annotate(step, { level: "error", message });
    return 1;
  }
}
