import { createHash, type Hash } from "node:crypto";
import { createReadStream, renameSync } from "node:fs";
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { algorithmOf, type Digest, hasherFor } from "../../oci/digest.ts";

/** Chunks are batched to this many bytes, since each write is a trip to another thread. */
const batchBytes = 512 << 10;
/** Content of up to this size needs no file: it is stored in the journal. */
export const smallBytes = 64 << 10;
/** A large blob is synced early, so that the last sync does not wait for all of it. */
const earlySyncBytes = 32 << 20;
const done = Promise.resolve();

/**
 * A file that is being received: appended to, hashed on the way, and buffered in memory only as far
 * as the disk is behind. Its digest is that of the bytes that were written.
 */
export class IncomingFile {
  readonly path: string;
  readonly #algorithm: string;
  readonly #hash: Hash;
  #size = 0;
  #written = 0;
  /** Received and not yet passed to the disk. */
  #batch: Uint8Array[] = [];
  #writing: Promise<void> = Promise.resolve();
  #handle: FileHandle | undefined;
  #syncing: Promise<void> | undefined;
  #syncedAt = 0;
  #isOnDisk = false;
  #content: Uint8Array | undefined;

  readonly #requireRoom: () => Promise<void>;

  /**
   * `expected` gives the algorithm; if it is unknown, sha256 is used, as clients do. `requireRoom`
   * throws if nothing may be written to the disk.
   */
  constructor(path: string, expected?: Digest, requireRoom = (): Promise<void> => done) {
    this.path = path;
    this.#requireRoom = requireRoom;
    this.#algorithm = expected === undefined ? "sha256" : algorithmOf(expected);
    this.#hash = createHash(this.#algorithm);
  }

  /** How many bytes were received. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends a body. If the body breaks off, what arrived is kept and counted, and the error is
   * rethrown. If the disk fails, the file can no longer be used.
   */
  async append(body: AsyncIterable<Uint8Array>): Promise<void> {
    let gathered = 0;
    for await (const chunk of body) {
      this.#hash.update(chunk);
      this.#batch.push(chunk);
      this.#size += chunk.length;
      gathered += chunk.length;
      if (gathered < batchBytes) continue;
      gathered = 0;
      await this.#flush();
    }
  }

  /**
   * Returns the digest of the content, by the algorithm of the expected digest. From then on a
   * small content is held in memory; a large one is durable in its file.
   */
  async seal(expected: Digest): Promise<Digest> {
    const content = this.#size <= smallBytes ? await this.#readSmall() : undefined;
    this.#content = content;
    if (content === undefined) await this.#makeDurable();
    if (algorithmOf(expected) === this.#algorithm) {
      return `${this.#algorithm}:${this.#hash.digest("hex")}`;
    }
    const hasher = hasherFor(expected);
    if (content !== undefined) {
      hasher.update(content);
      return hasher.digest();
    }
    for await (const chunk of createReadStream(this.path, { highWaterMark: batchBytes })) {
      if (chunk instanceof Uint8Array) hasher.update(chunk);
    }
    return hasher.digest();
  }

  /** The bytes of a small sealed content. */
  get content(): Uint8Array | undefined {
    return this.#content;
  }

  /** Moves the file of a large sealed content. */
  moveTo(path: string): void {
    renameSync(this.path, path);
    this.#isOnDisk = false;
  }

  /** Releases memory and file handle until the next request, which may take an hour to come. */
  async pause(): Promise<void> {
    if (!this.#isOnDisk && this.#batch.length === 0) return;
    try {
      if (this.#batch.length > 0) await this.#flush();
      await this.#writing;
      await this.#syncing;
    } finally {
      await this.#close();
    }
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    this.#batch = [];
    this.#content = undefined;
    if (!this.#isOnDisk) return;
    await this.#close();
    await rm(this.path, { force: true });
    this.#isOnDisk = false;
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await Promise.allSettled([this.#writing, this.#syncing]);
    await handle?.close();
  }

  /** Waits for the previous batch, and starts writing this one. */
  async #flush(): Promise<void> {
    await this.#writing;
    await this.#requireRoom();
    this.#isOnDisk = true;
    const handle = (this.#handle ??= await open(this.path, "a", 0o600));
    this.#writing = this.#write(handle, this.#batch);
    // The next await sees the failure; until then it must not count as unhandled.
    this.#writing.catch(() => undefined);
    this.#batch = [];
  }

  async #write(handle: FileHandle, batch: Uint8Array[]): Promise<void> {
    this.#written += await writeAll(handle, batch);
    if (this.#written - this.#syncedAt < earlySyncBytes) return;
    this.#syncedAt = this.#written;
    await this.#syncing;
    this.#syncing = handle.datasync();
    this.#syncing.catch(() => undefined);
  }

  async #readSmall(): Promise<Uint8Array> {
    if (!this.#isOnDisk) {
      const [only, ...more] = this.#batch;
      const content = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#batch);
      this.#batch = [];
      return content;
    }
    await this.pause();
    return readFile(this.path);
  }

  async #makeDurable(): Promise<void> {
    await this.pause();
    const handle = await open(this.path, "r+");
    try {
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }
}

/**
 * A disk that fills up writes a part and reports it only with the next write. Returns the bytes.
 */
async function writeAll(handle: FileHandle, batch: Uint8Array[]): Promise<number> {
  const bytes = batch.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten === bytes) return bytes;
  let rest = Buffer.concat(batch).subarray(bytesWritten);
  while (rest.length > 0) {
    const written = await handle.write(rest);
    rest = rest.subarray(written.bytesWritten);
  }
  return bytes;
}
