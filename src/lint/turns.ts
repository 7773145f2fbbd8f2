import { setImmediate } from "node:timers/promises";

/** Work that pauses where it yields. */
export type Turns<Result> = Generator<undefined, Result>;

/** Does the work without a pause. */
export function atOnce<Result>(work: Turns<Result>): Result {
  for (;;) {
    const turn = work.next();
    if (turn.done === true) return turn.value;
  }
}

/** Does the work, and handles signals in its pauses. Throws the reason of a signal that is aborted. */
export async function inTurns<Result>(work: Turns<Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    await setImmediate();
    signal.throwIfAborted();
    const turn = work.next();
    if (turn.done === true) return turn.value;
  }
}
