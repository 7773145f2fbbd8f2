import { once } from "node:events";
import { createReadStream } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Digest } from "../../oci/digest.ts";
import type { StreamBody } from "../http/reply.ts";
import type { Store } from "../store/store.ts";

interface Keep {
  readonly store: Store;
  readonly name: string;
  readonly digest: Digest;
}

/**
 * How much is buffered for a client that is slower than the disk; it gets the rest from the disk.
 */
const mostWaiting = 1 << 20;

/**
 * Sends a verified stream on as it arrives, and stores it if `keep` says where, at the pace of the
 * disk. A client that falls behind gets the rest after the blob is stored; one that disconnects
 * does not stop the storing. A stream that fails verification is not stored, and its client's
 * connection breaks before the last byte.
 */
export function passOn(
  stream: Readable,
  length: number,
  keep?: Keep,
): { readonly body: StreamBody; readonly done: Promise<void> } {
  const out = new PassThrough();
  // The reader sees the error, and there may be no reader any more.
  out.on("error", () => undefined);
  const client = new Client(out);
  const done =
    keep === undefined ? drain(atItsPace(stream, out)) : keepAll(alongside(stream, client), keep);
  done
    .then(() => (keep === undefined ? void out.end() : client.finish(keep)))
    .catch((error: unknown) => {
      out.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  return { body: { stream: out, length }, done };
}

/** A client that receives a blob while it is stored. */
class Client {
  readonly #out: PassThrough;
  #sent = 0;
  #isBehind = false;

  constructor(out: PassThrough) {
    this.#out = out;
  }

  /** Sends a chunk, if there is room for it. */
  offer(chunk: Uint8Array): void {
    if (this.#isBehind || this.#out.destroyed) return;
    this.#isBehind = this.#out.writableLength > mostWaiting;
    if (this.#isBehind) return;
    this.#sent += chunk.length;
    this.#out.write(chunk);
  }

  /** Sends the rest and ends. */
  async finish({ store, name, digest }: Keep): Promise<void> {
    if (this.#out.destroyed) return;
    if (!this.#isBehind) {
      this.#out.end();
      return;
    }
    const blob = store.blobs.find(name, digest);
    if (blob === undefined) throw new Error("the blob was deleted while a client was reading it");
    const kept = store.blobs.read(blob);
    const rest =
      typeof kept === "string"
        ? createReadStream(kept, { start: this.#sent })
        : Readable.from([kept.subarray(this.#sent)], { objectMode: false });
    await pipeline(rest, this.#out);
  }
}

/** Offers each chunk to the client first. */
async function* alongside(stream: Readable, client: Client): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    client.offer(chunk);
    yield chunk;
  }
}

/** At the client's pace, and only as far as it reads. */
async function* atItsPace(stream: Readable, out: PassThrough): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (out.destroyed) return;
    if (!out.write(chunk)) {
      // An error only means that the client disconnected.
      const ready = [once(out, "drain"), once(out, "close")];
      await Promise.race(ready.map((event) => event.catch(() => undefined)));
    }
    yield chunk;
  }
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

async function keepAll(
  chunks: AsyncIterable<Uint8Array>,
  { store: target, name, digest }: Keep,
): Promise<void> {
  const upload = target.uploads.once(name, digest);
  try {
    await upload.file.append(chunks);
    await upload.file.seal(digest);
    await target.commit(upload, digest);
  } catch (error) {
    await target.uploads.end(upload);
    throw error;
  }
}
