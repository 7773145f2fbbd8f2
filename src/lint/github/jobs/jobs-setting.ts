import type { Tri, Unknown } from "../../expressions/value.ts";
import type { Repository } from "../../files/repository.ts";
import type { Budget } from "../budget.ts";
import type { Row } from "../matrix/matrix.ts";
import type { Field } from "../../model/field.ts";
import type { Scenario } from "../events/scenarios.ts";

/** What the jobs of a workflow are read with. */
export interface JobsSetting {
  readonly repository: Repository;
  readonly scenario: Scenario;
  /** Given by a caller, or by who starts a run; undefined if only a run can tell. */
  readonly inputs: Row | undefined;
  /** The caller's job and ` / `, or nothing. */
  readonly prefix: string;
  /** The jobs that the caller's job needs. */
  readonly needs: readonly string[];
  /** Whether the caller's job runs. */
  readonly within: Tri;
  /** The `cache-mode` of the caller's job, which a called workflow cannot exceed. */
  readonly cacheMode: Field | undefined;
  /** A caller's matrix of which only a run can tell the rows. */
  readonly rows: Unknown | undefined;
  readonly depth: number;
  readonly budget: Budget;
}
