/** The most times that one request is sent. */
export const maxTries = 5;
/** A registry that asks for a longer pause than this is not waited for. Milliseconds. */
export const maxRetryAfterMs = 60_000;

const baseMs = 200;
const capMs = 10_000;
const jitterMs = 250;

const retryable = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isRetryableStatus(status: number): boolean {
  return retryable.has(status);
}

/**
 * Milliseconds to wait before try number `next` (2 and up): full-jitter back-off, and never
 * less than what the registry asked for.
 */
export function retryDelay(
  next: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  if (retryAfterMs !== undefined) return Math.round(retryAfterMs + random() * jitterMs);
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** (next - 1)));
}

/** The pause that a `Retry-After` header asks for, in milliseconds: RFC 9110, 10.2.3. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  // Node takes much for a date; an HTTP date begins with the day's name.
  if (!/^[A-Za-z]{3}/.test(header)) return undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Less than this between two failures is no progress, else a server could go on for ever. Bytes. */
const progressBytes = 64 << 10;
/** What was too slow is tried once more: a connection may have died in silence. */
const maxSlowTries = 2;

/** How often a transfer failed with nothing gained in between, and whether another try is worth it. */
export class Tries {
  #failed = 0;

  constructor(failed = 0) {
    this.#failed = failed;
  }

  /** Counts a failure after so many bytes. Gives the next try's number; undefined: give up. */
  next(gainedBytes: number, wasSlow: boolean): number | undefined {
    this.#failed = gainedBytes >= progressBytes ? 1 : this.#failed + 1;
    const most = wasSlow ? maxSlowTries : maxTries;
    return this.#failed < most ? this.#failed + 1 : undefined;
  }
}
