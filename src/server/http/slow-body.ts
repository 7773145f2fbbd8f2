import { Refusal } from "./refusal.ts";

/** Milliseconds of waiting for the client in which it has to have sent something worth the wait. */
export const patienceMs = 60_000;
/** Bytes in that time: a modem's line. What is slower holds a connection for nothing. */
export const leastBytes = 64 << 10;

/**
 * The body as it comes, as long as it comes at a tolerable rate. Only the time that is spent
 * waiting for the client counts: a slow disk is not its fault. Throws a refusal (408) for a body
 * that dribbles. `now` gives milliseconds.
 */
export async function* atTolerableRate(
  body: AsyncIterable<Uint8Array>,
  now: () => number = performance.now.bind(performance),
): AsyncGenerator<Uint8Array, void, undefined> {
  let waited = 0;
  let bytes = 0;
  let asked = now();
  for await (const chunk of body) {
    waited += now() - asked;
    bytes += chunk.length;
    if (waited >= patienceMs) {
      if (bytes < leastBytes) throw new Refusal(408, "BLOB_UPLOAD_INVALID", "the body dribbles");
      waited = 0;
      bytes = 0;
    }
    yield chunk;
    asked = now();
  }
}

/** Breaks off an answer that its client reads more slowly than it would have to send. */
export class ReadingPace {
  #waited = 0;
  #bytes = 0;

  /** Counts bytes that were taken after so many milliseconds of waiting. Throws if it is too slow. */
  count(bytes: number, milliseconds: number): void {
    this.#waited += milliseconds;
    this.#bytes += bytes;
    if (this.#waited < patienceMs) return;
    if (this.#bytes < leastBytes) throw new Error("the client reads too slowly");
    this.#waited = 0;
    this.#bytes = 0;
  }
}
