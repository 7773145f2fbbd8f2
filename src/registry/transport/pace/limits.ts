import { FormatError } from "../../../errors.ts";

/**
 * How long a registry is waited for. All of it follows from one number, so that there is one thing
 * to explain and one to change. Milliseconds, and bytes.
 */
export interface Limits {
  /** One request with its answer, all tries together: not a blob's content, nor waits that the registry asked for. */
  readonly requestMs: number;
  /** One try of a request that only reads, until the head of its answer is there. */
  readonly tryMs: number;
  /** A transfer is given up if fewer than `slowBytes` pass in this time. */
  readonly slowMs: number;
  readonly slowBytes: number;
  /** A listing, all pages together. */
  readonly stepMs: number;
}

/** Two tries fit, and the error comes within a minute. */
const defaultRequestMs = 55_000;
const slowBytes = 8 << 10;

/** The limits for a time that one request may take. */
export function limitsFor(requestMs = defaultRequestMs): Limits {
  return {
    requestMs,
    tryMs: requestMs / 2,
    slowMs: requestMs / 2,
    slowBytes,
    stepMs: requestMs * 10,
  };
}

/** A registry may be busy with so many bytes for a second, in silence, after the last of them. */
const storedEachSecond = 4 << 20;

/** How long the answer to a blob's last byte may take. `size` in bytes. */
export function storeMsFor({ requestMs }: Limits, size: number): number {
  return requestMs + Math.min(requestMs * 5, (size / storedEachSecond) * 1000);
}

/** A registry took longer than it is given. */
export class TooSlowError extends Error {
  readonly code = "ETIMEDOUT";
}

/** `27.5 seconds`. */
export function seconds(milliseconds: number): string {
  const rounded = Math.round(milliseconds / 100) / 10;
  return rounded === 1 ? "1 second" : `${rounded} seconds`;
}

/** What is left of a request's time, over its tries. Only time that a request is under way counts. */
export class Budget {
  readonly #totalMs: number;
  readonly #tryMs: number;
  #usedMs = 0;

  constructor(totalMs: number, tryMs: number) {
    this.#totalMs = totalMs;
    this.#tryMs = tryMs;
  }

  /** Whether another try is worth beginning. */
  get isSpent(): boolean {
    return this.leftMs < this.#tryMs / 10;
  }

  get leftMs(): number {
    return Math.max(0, this.#totalMs - this.#usedMs);
  }

  /** Runs one try, which is told how long it may take. */
  async spend<T>(attempt: (limitMs: number) => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await attempt(Math.max(1, Math.min(this.#tryMs, this.leftMs)));
    } finally {
      this.#usedMs += performance.now() - began;
    }
  }
}

/** The pages of one listing: a registry may have a next one for ever, and be slow with each. */
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

  /** Counts a page. Throws a format error past what is kept of a listing, or how long it may take. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#mostBytes) {
      throw new FormatError(`${this.#what} is longer than ${this.#mostBytes >> 20} MiB`, {
        hint: "no more of it is read: delete what is not needed any more, or use a repository of its own",
      });
    }
    if (performance.now() - this.#began > this.#limits.stepMs) {
      throw new FormatError(`${this.#what} did not end within ${seconds(this.#limits.stepMs)}`, {
        hint: "see whether the registry is well; if it is that slow, raise LAYERKEEP_REQUEST_TIMEOUT (seconds)",
      });
    }
  }
}
