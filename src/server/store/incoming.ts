import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { algorithmOf, type Digest, hasherFor } from "../../oci/digest.ts";

/** Chunks are gathered to this many bytes, since each write is a trip to another thread. */
const batchBytes = 512 << 10;
/** The disk begins early with a large blob, so that the last sync does not wait for all of it. */
const earlySyncBytes = 32 << 20;

/**
 * A file that is being received: appended to, hashed as it passes, and held in memory only as
 * far as the disk is behind. Its digest is that of the bytes that were written.
 */
export class IncomingFile {
  readonly path: string;
  readonly #algorithm: "sha256" | "sha512";
  readonly #hash: Hash;
  #size = 0;
  #handle: FileHandle | undefined;
  #syncing: Promise<void> | undefined;
  #syncedAt = 0;

  /** `expected` names the algorithm; where it is not known, sha256 is what clients use. */
  constructor(path: string, expected?: Digest) {
    this.path = path;
    this.#algorithm = expected === undefined ? "sha256" : algorithmOf(expected);
    this.#hash = createHash(this.#algorithm);
  }

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends a body to its end. Where the body breaks off, what came is written and counted, and
   * the error is thrown on. Where the disk fails, the file is of no use any more.
   */
  async append(body: AsyncIterable<Uint8Array>): Promise<void> {
    const handle = await this.#open();
    let batch: Uint8Array[] = [];
    let bytes = 0;
    let writing: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      await writing;
      if (bytes === 0) return;
      writing = this.#write(handle, batch, bytes);
      // Whoever awaits it next sees the failure; until then it is not unhandled.
      writing.catch(() => undefined);
      batch = [];
      bytes = 0;
    };
    try {
      for await (const chunk of body) {
        this.#hash.update(chunk);
        batch.push(chunk);
        bytes += chunk.length;
        if (bytes >= batchBytes) await flush();
      }
    } finally {
      await flush();
      await writing;
    }
  }

  /** Makes the content durable and gives its digest, by the algorithm of the digest expected. */
  async seal(expected: Digest): Promise<Digest> {
    const handle = await this.#open();
    await this.#syncing;
    await handle.datasync();
    await this.pause();
    if (algorithmOf(expected) === this.#algorithm) {
      return `${this.#algorithm}:${this.#hash.digest("hex")}`;
    }
    const hasher = hasherFor(expected);
    for await (const chunk of createReadStream(this.path, { highWaterMark: batchBytes })) {
      if (chunk instanceof Uint8Array) hasher.update(chunk);
    }
    return hasher.digest();
  }

  /** Gives the file handle back until the next request; uploads may wait for an hour. */
  async pause(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await this.#syncing?.catch(() => undefined);
    await handle?.close();
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    await this.pause().catch(() => undefined);
    await rm(this.path, { force: true });
  }

  async #open(): Promise<FileHandle> {
    this.#handle ??= await open(this.path, "a");
    return this.#handle;
  }

  async #write(handle: FileHandle, batch: Uint8Array[], bytes: number): Promise<void> {
    await writeAll(handle, batch, bytes);
    this.#size += bytes;
    if (this.#size - this.#syncedAt < earlySyncBytes) return;
    this.#syncedAt = this.#size;
    await this.#syncing;
    this.#syncing = handle.datasync();
    this.#syncing.catch(() => undefined);
  }
}

/** A disk that fills up writes a part and says so only the next time. */
async function writeAll(handle: FileHandle, batch: Uint8Array[], bytes: number): Promise<void> {
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten === bytes) return;
  let rest = Buffer.concat(batch).subarray(bytesWritten);
  while (rest.length > 0) {
    const written = await handle.write(rest);
    rest = rest.subarray(written.bytesWritten);
  }
}
