/** The most times that a request is sent. */
export const maxTries = 5;
/** A registry that asks for a longer pause is not waited for. Milliseconds. */
export const maxRetryAfterMs = 60_000;

const baseMs = 200;
const capMs = 10_000;
const jitterMs = 250;

const retryable = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isRetryableStatus(status: number): boolean {
  return retryable.has(status);
}

/**
 * Milliseconds to wait before try number `next` (2 and up): back-off with full jitter, and never
 * less than the registry asked for.
 */
export function retryDelay(
  next: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  if (retryAfterMs !== undefined) return Math.round(retryAfterMs + random() * jitterMs);
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** (next - 1)));
}

/** The pause in a `Retry-After` header, in milliseconds: RFC 9110, 10.2.3. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  // Node parses too much as a date; an HTTP date begins with the day's name.
  if (!/^[A-Za-z]{3}/.test(header)) return undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * Less than this between two failures is not progress. Otherwise a server could go on forever.
 * Bytes.
 */
const progressBytes = 64 << 10;
/** A transfer that was too slow is tried once more: the connection may have died silently. */
const maxSlowTries = 2;

/** Counts a transfer's failures without progress in between, and decides whether to try again. */
export class Tries {
  #failed = 0;

  constructor(failed = 0) {
    this.#failed = failed;
  }

  /**
   * Counts a failure after `gainedBytes`. Returns the number of the next try; undefined: give up.
   */
  next(gainedBytes: number, wasSlow: boolean): number | undefined {
    this.#failed = gainedBytes >= progressBytes ? 1 : this.#failed + 1;
    const most = wasSlow ? maxSlowTries : maxTries;
    return this.#failed < most ? this.#failed + 1 : undefined;
  }
}
