import type { Asked } from "../../cli/dir/declared/choose-dirs.ts";
import type { RenderedKey } from "../../dir/keys/key-template.ts";

/** What the action knows at the end of the job: inputs may give something else by then. */
export interface JobState {
  readonly asked: Asked;
  /** The keys by their templates, as they were when the caches were restored. */
  readonly keys: readonly (readonly [template: string, key: RenderedKey])[];
  /** Whether there is nothing to save. */
  readonly isDone: boolean;
}

/** The state's name for the runner. */
export const stateName = "layerkeep-dir";
