import type { Scope } from "../../expressions/scope.ts";
import type { Tri } from "../../expressions/value.ts";
import type { Repository } from "../../files/repository.ts";
import type { Opaque, StepRun } from "../../model/pipeline.ts";
import type { Budget } from "../budget.ts";
import type { RunDefaults } from "../workflow.ts";

/** What the steps of a job, or of an action in it, are read with. */
export interface StepsSetting {
  readonly repository: Repository;
  readonly scope: Scope;
  readonly defaults: RunDefaults;
  /** Whether the machine runs Windows, where PowerShell is the default. */
  readonly windows: boolean;
  /** Whether the step runs that the steps are a part of. */
  readonly within: Tri;
  /** How many actions they are in. */
  readonly depth: number;
  readonly budget: Budget;
}

export interface ReadSteps {
  readonly steps: readonly StepRun[];
  readonly opaque: readonly Opaque[];
}
