import { isCarried, type MountOutcome } from "./mount-outcome.ts";

/** How many of a leg's newest records are weighed: a mount that is left aside is tried again then. */
export const weighedRecords = 12;
const mostLosses = 3;

/** What earlier builds tell of a mount. */
export interface MountHistory {
  /** Whether it cost more than it won in the last three builds that used it. */
  readonly isLoss: boolean;
  /** How long its steps took in the last build without its content; undefined if not known. */
  readonly secondsWithout: number | undefined;
}

/** Weighs what a mount cost with what it won, from the outcomes of a leg's builds, the newest last. */
export function weighMount(id: string, builds: readonly (readonly MountOutcome[])[]): MountHistory {
  const own = builds.flatMap((outcomes) => outcomes.filter((outcome) => outcome.id === id));
  const used = own.filter(({ steps }) => steps.ran > 0);
  const weighed = used.filter((outcome) => isCarried(outcome) && outcome.won !== undefined);
  const last = weighed.slice(-mostLosses);
  const without = used.findLast(({ before }) => ["empty", "cold", "aside"].includes(before));
  return {
    isLoss: last.length === mostLosses && last.every(({ won = 0, seconds }) => seconds > won),
    secondsWithout: without?.steps.seconds,
  };
}
