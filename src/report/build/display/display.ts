import type { LegEvent } from "../../../pipeline/build/build-legs.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";
import type { ProgressMode } from "../../progress/progress-mode.ts";
import type { LiveArea } from "../../terminal/live-area.ts";
import type { Expected } from "./build-state.ts";

/** Shows builds as they run. `close` leaves the terminal as it was. */
export interface BuildDisplay {
  readonly onEvent: (event: LegEvent) => void;
  readonly close: () => void;
}

export interface DisplayOptions {
  readonly mode: ProgressMode;
  readonly write: (text: string) => void;
  /** Control sequences, commands to a CI's runner, and lines of JSON. */
  readonly draw: (sequence: string) => void;
  readonly terminal: LiveArea | undefined;
  /** Milliseconds. */
  readonly now: () => number;
  readonly legs: readonly Pick<PlannedLeg, "id" | "action">[];
  /** How long the legs probably take; what is known may grow while builds run. */
  readonly expected: () => Expected;
  readonly signal: AbortSignal;
}
