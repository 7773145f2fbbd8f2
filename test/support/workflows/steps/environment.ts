import { mapping, text } from "../document/values.ts";
import type { RunningJob } from "./running-job.ts";

/** An evaluated `env` as text. */
export function textEnv(env: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(mapping(env)).map(([name, value]) => [name, text(value) ?? ""]),
  );
}

/** The environment of a step's process: the default variables cannot be changed by a workflow. */
export function processEnv(
  job: RunningJob,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const variables = { ...Object.fromEntries(job.env), ...own };
  const { PATH: machinePath = "", ...machine } = job.machine;
  const defaults = Object.entries(machine).filter(([name]) => /^(GITHUB|RUNNER)_/.test(name));
  return {
    ...machine,
    ...variables,
    ...Object.fromEntries(defaults),
    PATH: [...job.path, variables["PATH"] ?? machinePath].join(":"),
  };
}
