import type { Row } from "../github/matrix/matrix.ts";
import type { Constancy, Text, Tri, Unknown } from "../expressions/value.ts";
import type { Repository } from "../files/repository.ts";
import type { Workflow } from "../github/workflow.ts";
import type { Node, SourceFile, Span } from "../yaml/node.ts";
import type { Field } from "./field.ts";
import type { Operation } from "./operation.ts";

/** A file that describes jobs, whichever CI runs them, and what they do. */
export interface Pipeline {
  readonly file: SourceFile;
  readonly repository: Repository;
  /** The ways to start it that can differ in what a run may do. */
  readonly scenarios: readonly PipelineScenario[];
  /** The jobs that a run has in a scenario, but those that it certainly skips. */
  readonly runsIn: (scenario: PipelineScenario) => readonly JobRun[];
  /** The matrices of its jobs, those of workflows that they call too; of GitHub Actions alone. */
  readonly matricesIn?: (scenario: PipelineScenario) => readonly Matrix[];
  /** How its runs and jobs wait for others, or end them. */
  readonly concurrencyIn?: (scenario: PipelineScenario) => readonly Concurrency[];
  /** The file as it is written, if it is a workflow of GitHub Actions. */
  readonly workflow: Workflow | undefined;
}

export interface PipelineScenario {
  /** Such as `fork`. */
  readonly kind: string;
  /** In a sentence: "in a pull request from a fork". */
  readonly when: string;
  /** Whether secrets are available; undefined if only a run can tell. */
  readonly secrets: Tri;
  /** Whether the run builds, or is steered by, what nobody with write access has approved. */
  readonly untrusted: boolean;
}

export interface Matrix {
  /** The id of its job. */
  readonly job: string;
  readonly span: Span;
  readonly rows: number | Unknown;
  /** The most rows that it may have; undefined if nothing bounds them. */
  readonly most: number | undefined;
}

/** A group in which one run, or one job, at a time is in progress. */
export interface Concurrency {
  /** Its job; undefined for the whole run. */
  readonly job: string | undefined;
  /** Where its group is written. */
  readonly span: Span;
  readonly group: Text;
  /** Whether a newer run ends one that is in progress. */
  readonly cancels: Tri;
  /** Whether all that wait get their turn (`queue: max`), not only the newest. */
  readonly queues: Tri;
}

/** One job of a run: of a matrix, one row. */
export interface JobRun {
  /** The job's key; with the caller's before it if it is in a called workflow: `images / build`. */
  readonly id: string;
  /** Its values; unknown if only a run can tell which rows its matrix, or a caller's, has. */
  readonly matrix: Row | Unknown;
  /** Whether its condition holds. */
  readonly runs: Tri;
  readonly key: Span;
  readonly node: Node;
  readonly needs: readonly string[];
  /** Labels of the machine. */
  readonly runner: readonly Text[];
  /** What it may do with GitHub's Actions cache, if that is set: `read`, `write`, … */
  readonly cacheMode?: Field | undefined;
  readonly steps: readonly StepRun[];
  /** What is not known of it because a file could not be read, one reason each. */
  readonly opaque: readonly Opaque[];
}

/** A part of a job that cannot be looked into. */
export interface Opaque {
  readonly span: Span;
  /** Such as "the reusable workflow acme/ci/.github/workflows/images.yml is in another repository". */
  readonly why: string;
}

/** A step of a job, or of a composite action that the job uses. */
export interface StepRun {
  readonly span: Span;
  /** As it is written; a command of GitLab's `script` is a scalar. */
  readonly node: Node;
  readonly id: string | undefined;
  /** Whether its condition holds, and those of the steps that it is a part of. */
  readonly runs: Tri;
  readonly action: ActionUse | undefined;
  readonly script: Script | undefined;
  readonly env: ReadonlyMap<string, Text>;
  /** What it does with images and caches. */
  readonly operations: readonly Operation[];
  /** What its script certainly sets for later steps of the job. */
  readonly sets?: SetForLater | undefined;
}

/** What a step writes to `GITHUB_OUTPUT` and `GITHUB_ENV`, by name. */
export interface SetForLater {
  readonly outputs: ReadonlyMap<string, Text>;
  readonly variables: ReadonlyMap<string, Text>;
}

/** The commands that a step runs. */
export interface Script extends Field {
  /** What runs them, as GitHub's `shell` names it: `bash`, `sh`, `pwsh`; undefined if not known. */
  readonly shell: string | undefined;
  /** The working directory, relative to the repository's root; `.` for the root. */
  readonly folder: Text;
  /**
   * A variable that the step's `env` does not have: it is not set, or only a run can tell, and then
   * it is the same in the whole run or in the job.
   */
  readonly others: "unset" | Constancy;
}

/** An action that a step uses. */
export interface ActionUse {
  /** In lower case, without version: `docker/build-push-action`. */
  readonly name: string;
  /** What follows `@`; empty for an action in the repository. */
  readonly ref: string;
  readonly span: Span;
  readonly inputs: ReadonlyMap<string, Field>;
}
