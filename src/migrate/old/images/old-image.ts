import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import type { Settings } from "../../../lint/model/operation.ts";
import type { Span } from "../../../lint/yaml/node.ts";
import type { DateValue } from "../refresh.ts";

/** How an image was built, by the config's keys and in its words. */
export interface Recipe {
  readonly context: string;
  readonly dockerfile?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly contexts?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly ssh?: readonly string[];
  readonly network?: string;
  readonly "shm-size"?: string;
  readonly ulimits?: readonly string[];
  readonly allow?: readonly string[];
  readonly "add-hosts"?: readonly string[];
  readonly sbom?: boolean;
  readonly cache?: false;
}

/** A build argument that is made of the date. */
export interface RefreshArg extends DateValue {
  readonly arg: string;
  readonly span: Span;
}

/** A repository that an image was pushed to, and its tags. */
export interface Publication {
  /** `ghcr.io/acme/app`. */
  readonly repository: string;
  readonly span: Span;
  /** Rules of docker/metadata-action as the config writes them. */
  readonly rules: readonly string[];
  readonly flavor: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** The tags that the example run pushes; without those that only a real run can tell. */
  readonly tags: readonly string[];
}

/** An image that an example run of the old workflow builds. */
export interface OldImage {
  readonly span: Span;
  readonly job: JobRun;
  readonly step: StepRun;
  readonly recipe: Recipe;
  readonly refresh: RefreshArg | undefined;
  /** The values of the arguments in the example run. */
  readonly args: Readonly<Record<string, string>>;
  /** `linux/amd64`, at least one. */
  readonly platforms: readonly string[];
  /** The runner's label, if the machine builds this one platform alone. */
  readonly runner: string | undefined;
  readonly published: readonly Publication[];
  /** The repositories that it was pushed to by digest, to be merged by another job. */
  readonly digests: readonly string[];
  readonly cacheFrom: readonly Settings[];
  readonly cacheTo: readonly Settings[];
}
