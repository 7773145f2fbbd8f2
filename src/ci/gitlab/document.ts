/* The parts of GitLab's CI/CD YAML syntax that generated pipelines use. */

export interface Rule {
  readonly if: string;
  readonly when?: "never";
}

/** A job that waits for one of this pipeline, or takes the artifacts of one of another pipeline. */
type Need =
  | { readonly job: string }
  | { readonly pipeline: string; readonly job: string; readonly artifacts: true };

/** What jobs that run a script and jobs that start a pipeline have in common. */
interface AnyJob {
  readonly stage: string;
  readonly needs?: readonly Need[];
  readonly rules?: readonly Rule[] | undefined;
  readonly interruptible?: boolean | undefined;
}

export interface ScriptJob extends AnyJob {
  readonly image?: string;
  readonly services?: readonly string[];
  readonly tags?: readonly string[] | undefined;
  readonly variables?: Readonly<Record<string, string>>;
  readonly dependencies?: readonly string[];
  readonly when?: "always" | undefined;
  readonly parallel?: { readonly matrix: readonly Readonly<Record<string, readonly string[]>>[] };
  readonly before_script?: readonly string[];
  readonly script: readonly string[];
  readonly artifacts?: { readonly paths: readonly string[]; readonly expire_in: string };
}

export interface TriggerJob extends AnyJob {
  readonly resource_group?: string | undefined;
  readonly trigger: {
    readonly include: readonly [{ readonly artifact: string; readonly job: string }];
    readonly strategy: "depend";
    readonly forward: { readonly yaml_variables: false };
  };
}

export type Job = ScriptJob | TriggerJob;

/** A variable that the form of a run that is started by hand shows. */
export interface InputVariable {
  readonly value: string;
  readonly description: string;
}

/** A pipeline: its jobs by name, after the keys that are not jobs. */
export interface Pipeline {
  readonly head: {
    readonly variables?: Readonly<Record<string, InputVariable>> | undefined;
    readonly workflow?: { readonly rules: readonly Rule[] };
    readonly stages?: readonly string[];
  };
  readonly jobs: Readonly<Record<string, Job>>;
}
