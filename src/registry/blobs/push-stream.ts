import { count } from "../../count.ts";
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import { headBlob } from "./blobs.ts";
import { createLearned, type Learned } from "../transport/learned.ts";
import { redactUrl } from "../transport/address.ts";
import { maxTries } from "../transport/pace/retry.ts";
import type { Transport } from "../transport/transport.ts";
import { askOffset, cancelUpload, startUpload, type UploadSession } from "./upload-session.ts";
import { finishUpload, isTooLarge, mayGoOn, putLast, putPiece, smallerBody } from "./uploads.ts";

export interface PushStreamOptions {
  /** For the returned descriptor. `application/octet-stream` by default. */
  readonly mediaType?: string | undefined;
  /** The size of a piece, which is held in memory and sent at once; 8 MiB by default. */
  readonly pieceBytes?: number | undefined;
  readonly learned?: Learned;
  readonly signal?: AbortSignal | undefined;
}

const defaultPieceBytes = 8 << 20;

/**
 * Pushes content of unknown size and digest, hashed on the way, and returns its descriptor. A piece
 * that broke is sent again from memory. Earlier content cannot be read again: throws a registry
 * error if the registry lost it. The stream is read to its end or destroyed, and a failed upload is
 * cancelled.
 */
export async function pushStream(
  transport: Transport,
  repository: Repository,
  stream: Readable,
  o: PushStreamOptions = {},
): Promise<Descriptor> {
  const { signal, learned = createLearned(), mediaType = "application/octet-stream" } = o;
  const wanted = o.pieceBytes ?? defaultPieceBytes;
  const hash = createHash("sha256");
  const stop = (): void => void stream.destroy(abortedBy(signal));
  signal?.addEventListener("abort", stop, { once: true });
  let upload: StreamUpload | undefined;
  try {
    signal?.throwIfAborted();
    let sent = 0;
    let last: Buffer = Buffer.alloc(0);
    for await (const piece of piecesOf(stream, () => Math.max(wanted, upload?.minPiece ?? 0))) {
      hash.update(piece.bytes);
      if (piece.isLast) {
        last = piece.bytes;
        break;
      }
      upload ??= await StreamUpload.start(transport, repository, learned, signal);
      await upload.send(piece.bytes);
      sent += piece.bytes.length;
    }
    const digest: Digest = `sha256:${hash.digest("hex")}`;
    const descriptor = { mediaType, digest, size: sent + last.length };
    if (upload === undefined) {
      // All content is in memory, so this is an ordinary push.
      await finishUpload(transport, repository, descriptor, () => last, undefined, signal, {
        learned,
      });
      return descriptor;
    }
    await upload.send(last);
    await upload.finish(digest);
    return descriptor;
  } catch (error) {
    await upload?.cancel();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    stream.destroy();
  }
}

/** An upload that can only go back to the beginning of the current piece. */
class StreamUpload {
  readonly #transport: Transport;
  readonly #repository: Repository;
  readonly #learned: Learned;
  readonly #signal: AbortSignal | undefined;
  #session: UploadSession;

  private constructor(
    transport: Transport,
    repository: Repository,
    learned: Learned,
    signal: AbortSignal | undefined,
    session: UploadSession,
  ) {
    this.#transport = transport;
    this.#repository = repository;
    this.#learned = learned;
    this.#signal = signal;
    this.#session = session;
  }

  static async start(
    transport: Transport,
    repository: Repository,
    learned: Learned,
    signal: AbortSignal | undefined,
  ): Promise<StreamUpload> {
    const session = await startUpload(transport, repository, signal);
    return new StreamUpload(transport, repository, learned, signal, session);
  }

  get minPiece(): number {
    return this.#session.minPiece ?? 0;
  }

  async send(bytes: Buffer): Promise<void> {
    const base = this.#session.offset;
    const end = base + bytes.length;
    let largest = this.#learned.largestBody.get(this.#repository.host) ?? bytes.length;
    for (let tries = 1; this.#session.offset < end; ) {
      const at = this.#session.offset - base;
      const part = bytes.subarray(at, at + Math.max(largest, this.minPiece));
      try {
        this.#session = await putPiece(this.#sending, this.#session, { bytes: part });
        tries = 1;
      } catch (error) {
        const smaller = isTooLarge(error) ? smallerBody(part.length, this.#session) : undefined;
        if (smaller !== undefined) {
          largest = smaller;
          this.#learned.largestBody.set(this.#repository.host, smaller);
        } else if (!mayGoOn(error) || ++tries > maxTries) {
          throw error;
        }
        await this.#transport.pause(tries, this.#signal);
        this.#session = await this.#asked(base, end, error);
      }
    }
  }

  async finish(digest: Digest): Promise<void> {
    const { offset } = this.#session;
    for (let tries = 1; ; tries++) {
      try {
        await putLast(this.#sending, this.#session, digest, { bytes: new Uint8Array() });
        return;
      } catch (error) {
        if (!mayGoOn(error) || tries >= maxTries) throw error;
        await this.#transport.pause(tries + 1, this.#signal);
        const there = await headBlob(this.#transport, this.#repository, digest, this.#signal);
        // Perhaps only the answer was lost.
        if (there !== undefined) return;
        this.#session = await this.#asked(offset, offset, error);
      }
    }
  }

  cancel(): Promise<void> {
    return cancelUpload(this.#transport, this.#repository, this.#session);
  }

  get #sending() {
    return { transport: this.#transport, repository: this.#repository, signal: this.#signal };
  }

  /** The registry's offset, which must be within what can be sent again. */
  async #asked(from: number, to: number, cause: unknown): Promise<UploadSession> {
    const asked = await askOffset(this.#transport, this.#repository, this.#session, this.#signal);
    if (asked !== undefined && asked.offset >= from && asked.offset <= to) return asked;
    throw new RegistryError({
      method: "PATCH",
      url: redactUrl(this.#session.location),
      reason:
        asked === undefined
          ? `the registry lost the upload after ${count(from, "byte")}, and a stream cannot be read again`
          : `the registry has ${count(asked.offset, "byte")} of the upload, but a stream can resume only from ${from} to ${to}`,
      hint: "start the push again, or push from a file so that the push can resume",
      cause,
    });
  }
}

async function* piecesOf(
  stream: AsyncIterable<unknown>,
  sizeOf: () => number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = bufferOf(chunk);
    held.push(buffer);
    bytes += buffer.length;
    while (bytes > sizeOf()) {
      const all = Buffer.concat(held);
      const size = sizeOf();
      yield { bytes: all.subarray(0, size), isLast: false };
      held = [all.subarray(size)];
      bytes -= size;
    }
  }
  yield { bytes: Buffer.concat(held), isLast: true };
}

function bufferOf(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  if (typeof chunk === "string") return Buffer.from(chunk);
  throw new TypeError("the stream sent something other than bytes or text");
}

function abortedBy(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error("aborted");
}
