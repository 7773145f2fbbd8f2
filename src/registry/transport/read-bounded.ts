import type { Readable } from "node:stream";

/** More bytes than allowed. */
export class TooLargeError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} bytes`);
    this.limit = limit;
  }
}

/**
 * All bytes of a stream; with `into`, which must have room for `limit` bytes, they are put there.
 * Throws `TooLargeError` and destroys the stream past `limit` bytes.
 */
export async function readBounded(
  stream: Readable,
  limit: number,
  into?: ArrayBuffer,
): Promise<Buffer> {
  if (stream.destroyed) throw new Error("the response was already read");
  const whole = into === undefined ? undefined : Buffer.from(into);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => {
      const start = bytes;
      bytes += chunk.length;
      if (bytes > limit) stream.destroy(new TooLargeError(limit));
      else if (whole === undefined) chunks.push(chunk);
      else whole.set(chunk, start);
    });
    stream.once("end", () => {
      if (whole !== undefined) resolve(whole.subarray(0, bytes));
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    stream.once("error", reject);
    stream.once("close", () => {
      reject(Object.assign(new Error("the response ended early"), { code: "ECONNRESET" }));
    });
  });
}
