import { Refusal } from "../refusal.ts";

/** How long to wait for the client, in milliseconds, before it must have sent `leastBytes`. */
export const patienceMs = 60_000;
/** The least bytes in that time: the speed of a modem. Anything slower wastes a connection. */
export const leastBytes = 64 << 10;

/**
 * Passes the body on while it arrives fast enough. Only time spent waiting for the client counts,
 * not time that the disk takes. Throws a refusal (408) if it is too slow. `now` returns
 * milliseconds.
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
      if (bytes < leastBytes)
        throw new Refusal(408, "BLOB_UPLOAD_INVALID", "the request body arrived too slowly");
      waited = 0;
      bytes = 0;
    }
    yield chunk;
    asked = now();
  }
}

/** Aborts an answer whose client reads more slowly than it would have to send. */
export class ReadingPace {
  #waited = 0;
  #bytes = 0;

  /**
   * Counts bytes that were read after this many milliseconds of waiting. Throws if it is too slow.
   */
  count(bytes: number, milliseconds: number): void {
    this.#waited += milliseconds;
    this.#bytes += bytes;
    if (this.#waited < patienceMs) return;
    if (this.#bytes < leastBytes) throw new Error("the client read too slowly");
    this.#waited = 0;
    this.#bytes = 0;
  }
}
