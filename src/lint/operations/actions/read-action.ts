import type { Repository } from "../../files/repository.ts";
import type { Operation } from "../../model/operation.ts";
import type { ActionUse } from "../../model/pipeline.ts";

/** What an action does, from its inputs. */
export type ReadAction = (action: ActionUse, repository: Repository) => readonly Operation[];
