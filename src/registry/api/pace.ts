import { setTimeout as wait } from "node:timers/promises";

export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** The real clock's sleep. Throws the signal's reason. */
export async function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * GitHub allows about 180 deletions a minute; a little less leaves room for other clients.
 * Milliseconds.
 */
export const githubDeletionMs = 60_000 / 150;

/** Lets callers through in order, at most one every `intervalMs`. */
export class Pace {
  readonly #intervalMs: number;
  readonly #sleep: Sleep;
  readonly #clock: () => number;
  #next = 0;

  constructor(intervalMs: number, sleep: Sleep, clock: () => number) {
    this.#intervalMs = intervalMs;
    this.#sleep = sleep;
    this.#clock = clock;
  }

  async turn(signal?: AbortSignal): Promise<void> {
    const now = this.#clock();
    const start = Math.max(now, this.#next);
    this.#next = start + this.#intervalMs;
    if (start > now) await this.#sleep(start - now, signal);
  }
}
