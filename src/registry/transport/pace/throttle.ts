import { reasonOf } from "../connection/http.ts";

/**
 * Permission to send a request. Each of these methods ends it; after that, only the reported
 * outcome counts.
 */
export interface Turn {
  /** Gives its place to the next. */
  end(): void;
  /** The host served it. */
  served(): void;
  /** The host is overloaded; with a pause, for how long to send nothing. */
  refused(pauseMs?: number): void;
}

interface Waiting {
  readonly admit: () => void;
  readonly fail: (error: Error) => void;
}

type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/**
 * Limits the concurrent requests to a host, in order of arrival. It starts at the maximum. When the
 * host reports overload, the limit becomes half of the running requests, and it grows by one for
 * each round of served requests (additive increase, multiplicative decrease, as in TCP). While the
 * host asks for a pause, nothing is sent.
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
  /** How many times the limit has shrunk. */
  #era = 0;

  constructor(most: number, sleep: Sleep) {
    this.#most = most;
    this.#bound = most;
    this.#sleep = sleep;
  }

  /** The current limit for concurrent requests. */
  get bound(): number {
    return this.#bound;
  }

  /**
   * Resolves when a request may be sent. Rejects with the signal's reason, or if this is closed.
   */
  async enter(signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted();
    if (this.#waiting.size > 0 || !this.#hasRoom()) await this.#wait(signal);
    else this.#running++;
    return this.#turn();
  }

  /** All waiters fail. */
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
        // A request that was sent before the limit last shrank is no new evidence.
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
