import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import type { Digest } from "../../oci/digest.ts";
import type { StreamBody } from "../reply.ts";
import type { Store } from "../store/store.ts";

interface Keep {
  readonly store: Store;
  readonly name: string;
  readonly digest: Digest;
}

/**
 * Sends a verified stream on as it comes, and keeps it where `keep` says where to. A client that
 * goes away does not stop the keeping; a stream that turns out to be false is kept nowhere, and
 * its client sees the connection break before the last byte.
 */
export function passOn(
  stream: Readable,
  length: number,
  keep?: Keep,
): { readonly body: StreamBody; readonly done: Promise<void> } {
  const out = new PassThrough();
  // Whoever reads it sees the error, and there may be nobody any more.
  out.on("error", () => undefined);
  const chunks = send(stream, out, keep !== undefined);
  const done = keep === undefined ? drain(chunks) : keepAll(chunks, keep);
  done.then(
    () => out.end(),
    (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return { body: { stream: out, length }, done };
}

/** Each chunk goes to the client first, at the client's pace; without one on to its end if `toEnd`. */
async function* send(
  stream: Readable,
  out: PassThrough,
  toEnd: boolean,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (out.destroyed && !toEnd) return;
    if (!out.destroyed && !out.write(chunk)) {
      // Its error is that of a client who went away: that is no reason to keep nothing.
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
