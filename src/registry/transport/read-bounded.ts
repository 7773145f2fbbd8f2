import type { Readable } from "node:stream";

/** More bytes than allowed. */
export class TooLargeError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} bytes`);
    this.limit = limit;
  }
}

/** All bytes of a stream. Throws `TooLargeError` and destroys the stream past `limit` bytes. */
export async function readBounded(stream: Readable, limit: number): Promise<Buffer> {
  if (stream.destroyed) throw new Error("the response was already read");
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) stream.destroy(new TooLargeError(limit));
      else chunks.push(chunk);
    });
    stream.once("end", () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    stream.once("error", reject);
    stream.once("close", () => {
      reject(Object.assign(new Error("the response ended early"), { code: "ECONNRESET" }));
    });
  });
}
