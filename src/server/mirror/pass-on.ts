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

/** What waits in memory for a client that is slower than the disk; the rest it gets from there. */
const mostWaiting = 1 << 20;

/**
 * Sends a verified stream on as it comes, and keeps it where `keep` says where to, at the pace of
 * the disk: a client that falls behind is served the rest once the blob is kept, and one that goes
 * away does not stop the keeping. A stream that turns out to be false is kept nowhere, and its
 * client sees the connection break before the last byte.
 */
export function passOn(
  stream: Readable,
  length: number,
  keep?: Keep,
): { readonly body: StreamBody; readonly done: Promise<void> } {
  const out = new PassThrough();
  // Whoever reads it sees the error, and there may be nobody any more.
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

/** Who is sent a blob while it is kept. */
class Client {
  readonly #out: PassThrough;
  #sent = 0;
  #isBehind = false;

  constructor(out: PassThrough) {
    this.#out = out;
  }

  /** Hands on what came, if there is room for it. */
  offer(chunk: Uint8Array): void {
    if (this.#isBehind || this.#out.destroyed) return;
    this.#isBehind = this.#out.writableLength > mostWaiting;
    if (this.#isBehind) return;
    this.#sent += chunk.length;
    this.#out.write(chunk);
  }

  /** Ends, with what it did not get before. */
  async finish({ store, name, digest }: Keep): Promise<void> {
    if (this.#out.destroyed) return;
    if (!this.#isBehind) {
      this.#out.end();
      return;
    }
    const blob = store.blobs.find(name, digest);
    if (blob === undefined) throw new Error("the blob was deleted before its client had all of it");
    const kept = store.blobs.read(blob);
    const rest =
      typeof kept === "string"
        ? createReadStream(kept, { start: this.#sent })
        : Readable.from([kept.subarray(this.#sent)], { objectMode: false });
    await pipeline(rest, this.#out);
  }
}

/** Each chunk is offered to the client first. */
async function* alongside(stream: Readable, client: Client): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    client.offer(chunk);
    yield chunk;
  }
}

/** At the client's pace, and no further than it wants. */
async function* atItsPace(stream: Readable, out: PassThrough): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (out.destroyed) return;
    if (!out.write(chunk)) {
      // Its error is that of a client who went away.
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
