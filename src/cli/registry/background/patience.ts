import { setTimeout as sleep } from "node:timers/promises";
import type { LayerkeepError } from "../../../errors.ts";
import type { Io } from "../../io.ts";

/** A wait for another process, which is said after a moment and ends. */
export interface Patience {
  /** Waits a little. Throws `why` if it has been waited for long enough. */
  readonly pause: (why: LayerkeepError) => Promise<void>;
}

const mostMs = 30_000;
const silentMs = 1_000;
const pauseMs = 50;

/** Begins with the first pause. */
export function startPatience(io: Pick<Io, "err" | "signal">): Patience {
  let begun: number | undefined;
  let isTold = false;
  return {
    pause: async (why) => {
      begun ??= performance.now();
      const waited = performance.now() - begun;
      if (waited > mostMs) throw why;
      if (waited > silentMs && !isTold) {
        io.err(`waiting for the embedded registry: ${why.message}\n`);
        isTold = true;
      }
      await sleep(pauseMs);
      io.signal.throwIfAborted();
    },
  };
}
