import type { JobRun } from "../../lint/model/pipeline.ts";
import type { Notes } from "../notes.ts";
import type { SampleEvent } from "../events/sample-event.ts";

/** One example run of an old workflow, and where to report what of it cannot be carried over. */
export interface Reading {
  readonly event: SampleEvent;
  readonly jobs: readonly JobRun[];
  /** Values of expressions that the user gave, by expression in lower case. */
  readonly values: ReadonlyMap<string, string>;
  readonly lost: Notes;
}
