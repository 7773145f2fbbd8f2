import type { Repository } from "../files/repository.ts";
import type { Operation } from "../model/operation.ts";
import type { StepRun } from "../model/pipeline.ts";
import { actionReaders } from "./actions/all-actions.ts";

type ReadStep = Omit<StepRun, "operations">;

/** What a step does with images and caches. */
export function operationsIn({ action }: ReadStep, repository: Repository): readonly Operation[] {
  if (action === undefined) return [];
  return actionReaders[action.name]?.(action, repository) ?? [];
}
