import type { Repository } from "../files/repository.ts";
import type { Environment } from "../model/environment.ts";
import type { StepRun } from "../model/pipeline.ts";
import { actionReaders } from "./actions/all-actions.ts";
import { newShell, readScript, type ReadScript } from "./shell/read-script.ts";

interface ReadStep extends Pick<StepRun, "action" | "script"> {
  readonly env: Environment;
}

/** What a step does with images and caches, and what cannot be told of it. */
export function operationsIn(
  { action, script, env }: ReadStep,
  repository: Repository,
): ReadScript {
  if (script !== undefined) return readScript(script, newShell(env, script), repository);
  const reader = action === undefined ? undefined : actionReaders[action.name];
  if (action === undefined || reader === undefined) return { operations: [], opaque: [] };
  return { operations: reader(action, repository, env), opaque: [] };
}
