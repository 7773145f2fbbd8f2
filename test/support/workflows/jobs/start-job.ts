import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mapping } from "../document/values.ts";
import { interpolate } from "../expressions/evaluate.ts";
import { textEnv } from "../steps/environment.ts";
import { createMasks } from "../steps/masks.ts";
import type { RunningJob } from "../steps/running-job.ts";
import type { CalledWorkflow } from "./called.ts";
import { defaultVariables, runnerContext } from "./contexts.ts";
import { cacheGrantOf } from "./granted.ts";
import { type JobInstance, describe } from "./job-instance.ts";

/** A fresh machine for a job: its folders, its environment, its token and what is masked. */
export function startJob(
  called: CalledWorkflow,
  instance: JobInstance,
  cancellation: AbortSignal,
): RunningJob {
  const { run, workflow, secrets: given } = called;
  const { job, contexts, name } = instance;
  const { options, trigger } = run;
  const root = run.newFolder("job");
  const newFolder = (folder: string): string => {
    mkdirSync(join(root, folder));
    return join(root, folder);
  };
  const workspace = newFolder("workspace");
  const temp = newFolder("temp");
  const home = newFolder("home");
  const event = join(temp, "event.json");
  writeFileSync(event, JSON.stringify(trigger.payload));
  const { permissions, runsOn } = describe(called, instance);
  const token = `ghs_${run.runId}_${run.attempt}_${root.slice(-6)}`;
  const { mode, overridden } = cacheGrantOf(called, job);
  const github = {
    ...mapping(contexts["github"]),
    job: job.id,
    workspace,
    event_path: event,
    token,
  };
  const runner = runnerContext(runsOn, temp, newFolder("tools"));
  const secrets = { ...given, GITHUB_TOKEN: token };
  const all = { ...contexts, github, runner, secrets };
  const scope = { contexts: all };
  const workflowEnv = textEnv(interpolate(workflow.env, scope));
  const env = textEnv(interpolate(job.env, scope));
  const grant = { job: name, token, permissions, cacheMode: mode, trigger };
  const warning = { level: "warning", message: "cache-mode: write overrides the default" } as const;
  return {
    run,
    name,
    contexts: all,
    shell: job.shell ?? workflow.shell,
    workingDirectory: job.workingDirectory ?? workflow.workingDirectory,
    workspace,
    temp,
    home,
    token,
    cacheMode: mode,
    machine: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      ...options.env,
      ...defaultVariables(github, runner),
    },
    actionEnv: options.onGrant?.(grant) ?? {},
    env: new Map(Object.entries({ ...workflowEnv, ...env })),
    path: [],
    masks: createMasks(Object.values(secrets)),
    cancellation,
    posts: [],
    annotations: overridden ? [warning] : [],
    summaries: [],
    log: [],
  };
}
