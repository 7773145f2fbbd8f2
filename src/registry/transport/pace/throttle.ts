import { reasonOf } from "../connection/http.ts";

/** A request that may be sent now. Each of these ends it; ended again, only what is said counts. */
export interface Turn {
  /** Leaves its place to the next. */
  end(): void;
  /** The host served it. */
  served(): void;
  /** The host says that it is asked too much; with a pause, for how long it wants to be left alone. */
  refused(pauseMs?: number): void;
}

interface Waiting {
  readonly admit: () => void;
  readonly fail: (error: Error) => void;
}

type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/**
 * Bounds how many requests a host is sent at once, in the order that they came. It begins with the
 * most; whenever the host says that it is asked too much, half of what was under way is the new
 * bound, and it grows by one for each round of requests that are served (additive increase,
 * multiplicative decrease, as TCP has it). While the host wants to be left alone, nothing is sent.
 */
export class Throttle {
  readonly #most: number;
  readonly #sleep: Sleep;
  readonly #closed = new AbortController();
  readonly #waiting = new Set<Waiting>();
  #bound: number;
  #running = 0;
  #served = 0;
  #pauses = 0;
  /** Counts the times that the bound shrank. */
  #era = 0;

  constructor(most: number, sleep: Sleep) {
    this.#most = most;
    this.#bound = most;
    this.#sleep = sleep;
  }

  /** Requests that may be under way now. */
  get bound(): number {
    return this.#bound;
  }

  /** Resolves when a request may be sent. Rejects with the signal's reason, or where this is closed. */
  async enter(signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted();
    if (this.#waiting.size > 0 || !this.#hasRoom()) await this.#wait(signal);
    else this.#running++;
    return this.#turn();
  }

  /** Whoever waits fails. */
  close(): void {
    this.#closed.abort();
    for (const { fail } of this.#waiting) fail(new Error("the client was closed"));
    this.#waiting.clear();
  }

  #hasRoom(): boolean {
    return this.#pauses === 0 && this.#running < this.#bound;
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        signal?.removeEventListener("abort", abort);
      };
      const waiting: Waiting = {
        admit: () => {
          leave();
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = (): void => {
        if (signal !== undefined) waiting.fail(reasonOf(signal));
      };
      this.#waiting.add(waiting);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #turn(): Turn {
    const era = this.#era;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      this.#running--;
      this.#admit();
    };
    return {
      end,
      served: () => {
        this.#grow();
        end();
      },
      refused: (pauseMs) => {
        // What was sent before the last time tells nothing new.
        if (era === this.#era) this.#shrink(ended ? this.#bound : this.#running);
        if (pauseMs !== undefined) this.#pause(pauseMs);
        end();
      },
    };
  }

  #admit(): void {
    for (const { admit } of this.#waiting) {
      if (!this.#hasRoom()) return;
      this.#running++;
      admit();
    }
  }

  #grow(): void {
    if (++this.#served < this.#bound) return;
    this.#served = 0;
    this.#bound = Math.min(this.#most, this.#bound + 1);
  }

  #shrink(underWay: number): void {
    this.#era++;
    this.#served = 0;
    this.#bound = Math.max(1, Math.floor(Math.min(this.#bound, underWay) / 2));
  }

  #pause(milliseconds: number): void {
    this.#pauses++;
    const goOn = (): void => {
      this.#pauses--;
      this.#admit();
    };
    this.#sleep(milliseconds, this.#closed.signal).then(goOn, goOn);
  }
}
