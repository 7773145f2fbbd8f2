import type { Repository } from "../../files/repository.ts";
import type { Environment } from "../../model/environment.ts";
import type { Operation } from "../../model/operation.ts";
import type { ActionUse } from "../../model/pipeline.ts";

/** What an action does, from its inputs and the step's environment. */
export type ReadAction = (
  action: ActionUse,
  repository: Repository,
  env: Environment,
) => readonly Operation[];
