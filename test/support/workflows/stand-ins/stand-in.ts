import type { Trigger } from "../events/event.ts";
import type { Repository } from "../events/repository.ts";
import type { CacheMode } from "../grants/cache-mode.ts";
import type { Annotation } from "../record.ts";

/** A call of an action that runs inside this process instead of its own code. */
export interface ActionCall {
  /** `owner/name`, and the path in it if there is one. */
  readonly action: string;
  /** An input, trimmed; empty if it is not given. */
  readonly input: (name: string) => string;
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly token: string;
  readonly trigger: Trigger;
  readonly repository: Repository;
  readonly repositories: Readonly<Record<string, string>>;
  readonly cacheMode: CacheMode;
  readonly caches: string;
  readonly artifacts: ArtifactStore;
  readonly log: (line: string) => void;
  readonly annotate: (annotation: Annotation) => void;
  readonly setOutput: (name: string, value: string) => void;
  readonly mask: (secret: string) => void;
  /** Runs at the end of the job, last in first out, with `post-if` as its condition. */
  readonly atEnd: (post: () => void | Promise<void>, postIf?: string) => void;
}

/** The artifacts of a run. One that was uploaded cannot be changed in the same attempt. */
export interface ArtifactStore {
  readonly names: () => readonly string[];
  /** The folder of an artifact. */
  readonly find: (name: string) => string | undefined;
  readonly isNew: (name: string) => boolean;
  /** Makes a folder for it. */
  readonly create: (name: string) => string;
}

/** Throws to fail the step. */
export type StandIn = (call: ActionCall) => void | Promise<void>;
