import type { Mapping } from "../document/values.ts";
import type { Step } from "../document/workflow.ts";
import type { CacheMode } from "../grants/cache-mode.ts";
import type { Annotation, StepRecord } from "../record.ts";
import type { RunState } from "../run-state.ts";
import type { Masks } from "./masks.ts";

/** A job while its steps run. */
export interface RunningJob {
  readonly run: RunState;
  readonly name: string;
  /** `github`, `needs`, `strategy`, `matrix`, `vars`, `secrets`, `inputs` and `runner`. */
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly token: string;
  readonly cacheMode: CacheMode;
  /** The machine's variables and the default ones. */
  readonly machine: Readonly<Record<string, string>>;
  /** What only actions see of the environment. */
  readonly actionEnv: Readonly<Record<string, string>>;
  /** The workflow's and the job's variables, and what steps have added. */
  readonly env: Map<string, string>;
  readonly path: string[];
  readonly masks: Masks;
  /** Aborted when the job is cancelled. */
  readonly cancellation: AbortSignal;
  readonly posts: Post[];
  readonly annotations: Annotation[];
  readonly summaries: string[];
  readonly log: string[];
}

/** What an action left to do at the end of the job. */
interface Post {
  readonly name: string;
  readonly if: string;
  /** Throws to fail the job. */
  readonly run: () => Promise<void>;
}

/** A list of steps: those of a job, or those of a composite action. */
export interface Frame {
  readonly results: Record<string, StepResult>;
  failed: boolean;
  /** Of a composite action. */
  readonly inputs: Mapping | undefined;
  readonly actionFolder: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

type StepResult = Pick<StepRecord, "outputs" | "outcome" | "conclusion">;

/** A step while it runs. */
export interface StepRun {
  readonly job: RunningJob;
  readonly frame: Frame;
  readonly step: Step;
  readonly name: string;
  /** The step's own variables, evaluated. */
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: Record<string, string>;
  readonly state: Record<string, string>;
  /** Aborted when the step is to end. */
  readonly cancellation: AbortSignal;
}

/** Runs steps one after the other in a frame; gives their records. */
export type RunSteps = (
  job: RunningJob,
  frame: Frame,
  steps: readonly Step[],
) => Promise<readonly StepRecord[]>;
