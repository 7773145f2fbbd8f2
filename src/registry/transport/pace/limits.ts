import { count } from "../../../count.ts";
import { FormatError } from "../../../errors.ts";

/**
 * How long to wait for a registry. Everything follows from one number, so that there is only one to
 * explain and to change. Milliseconds, and bytes.
 */
export interface Limits {
  /**
   * One request with its answer, all tries together: without a blob's content, and without waits
   * that the registry asked for.
   */
  readonly requestMs: number;
  /** One try of a read request, until the head of its answer has arrived. */
  readonly tryMs: number;
  /** A transfer is abandoned if fewer than `slowBytes` pass in this time. */
  readonly slowMs: number;
  readonly slowBytes: number;
  /** A listing, all pages together. */
  readonly stepMs: number;
}

/** Two tries fit, and the error comes within a minute. */
const defaultRequestMs = 55_000;
const slowBytes = 8 << 10;

/** The limits that follow from the time limit of one request. */
export function limitsFor(requestMs = defaultRequestMs): Limits {
  return {
    requestMs,
    tryMs: requestMs / 2,
    slowMs: requestMs / 2,
    slowBytes,
    stepMs: requestMs * 10,
  };
}

/** After the last byte, a registry may stay silent for one second per this many bytes. */
const storedEachSecond = 4 << 20;

/** How long the answer to a blob's last byte may take. `size` in bytes. */
export function storeMsFor({ requestMs }: Limits, size: number): number {
  return requestMs + Math.min(requestMs * 5, (size / storedEachSecond) * 1000);
}

/** A registry exceeded its time limit. */
export class TooSlowError extends Error {
  readonly code = "ETIMEDOUT";
}

/** `27.5 seconds`. */
export function seconds(milliseconds: number): string {
  return count(Math.round(milliseconds / 100) / 10, "second");
}

/** The rest of a request's time, across its tries. Only the time of running requests counts. */
export class Budget {
  readonly #totalMs: number;
  readonly #tryMs: number;
  #usedMs = 0;

  constructor(totalMs: number, tryMs: number) {
    this.#totalMs = totalMs;
    this.#tryMs = tryMs;
  }

  /** Whether no time is left for another try. */
  get isSpent(): boolean {
    return this.leftMs < this.#tryMs / 10;
  }

  get leftMs(): number {
    return Math.max(0, this.#totalMs - this.#usedMs);
  }

  /** Runs one try, with its time limit. */
  async spend<T>(attempt: (limitMs: number) => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await attempt(Math.max(1, Math.min(this.#tryMs, this.leftMs)));
    } finally {
      this.#usedMs += performance.now() - began;
    }
  }
}

/** The pages of one listing: a registry may return another page forever, and each one slowly. */
export class Step {
  readonly #what: string;
  readonly #limits: Pick<Limits, "stepMs">;
  readonly #mostBytes: number;
  readonly #began = performance.now();
  #bytes = 0;

  /** `what` is the subject of the error: `the tag list of host/repo`. */
  constructor(what: string, limits: Pick<Limits, "stepMs">, mostBytes: number) {
    this.#what = what;
    this.#limits = limits;
    this.#mostBytes = mostBytes;
  }

  /** Counts a page. Throws a format error if the listing gets too long or takes too long. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#mostBytes) {
      throw new FormatError(`${this.#what} is larger than ${this.#mostBytes >> 20} MiB`, {
        hint: "delete unneeded entries, or use a separate repository",
      });
    }
    if (performance.now() - this.#began > this.#limits.stepMs) {
      throw new FormatError(`${this.#what} did not finish within ${seconds(this.#limits.stepMs)}`, {
        hint: "check the registry, or increase LAYERKEEP_REQUEST_TIMEOUT (seconds)",
      });
    }
  }
}
