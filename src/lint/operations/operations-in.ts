import type { Repository } from "../files/repository.ts";
import type { StepRun } from "../model/pipeline.ts";
import { actionReaders } from "./actions/all-actions.ts";
import { newShell, readScript, type ReadScript } from "./shell/read-script.ts";

type ReadStep = Omit<StepRun, "operations">;

/** What a step does with images and caches, and what cannot be told of it. */
export function operationsIn(
  { action, script, env }: ReadStep,
  repository: Repository,
): ReadScript {
  if (script !== undefined) return readScript(script, newShell(env, script), repository);
  if (action === undefined) return { operations: [], opaque: [] };
  return { operations: actionReaders[action.name]?.(action, repository, env) ?? [], opaque: [] };
}
