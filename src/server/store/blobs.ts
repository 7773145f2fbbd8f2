import { linkSync, renameSync, statSync } from "node:fs";
import { copyFile, link, open, rename, rm, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Digest } from "../../oci/digest.ts";
import { systemCodeOf } from "../reply.ts";
import type { Folders } from "./folders.ts";
import { digestPath, type Layout } from "./layout.ts";

export interface StoredBlob {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Sizes that are remembered, the oldest forgotten first; some 200 bytes each. */
const rememberedBlobs = 50_000;

/**
 * The blobs of all repositories, each kept once. That a repository has a blob is a hard link of
 * it in the repository's own folder: serving needs no second look-up, and what is durable there
 * is durable whole.
 */
export class BlobStore {
  readonly #layout: Layout;
  readonly #folders: Folders;
  readonly #used: { touch(path: string): void };
  /** What is on the disk and durable. Only this process writes there. */
  readonly #sizes = new Map<string, StoredBlob>();
  /** Linked, but not yet durable: not to be told to anyone who might then rely on it. */
  readonly #placing = new Map<string, Promise<void>>();

  constructor(layout: Layout, folders: Folders, used: { touch(path: string): void }) {
    this.#layout = layout;
    this.#folders = folders;
    this.#used = used;
  }

  /** The blob where the repository has it. */
  find(name: string, digest: Digest): StoredBlob | undefined {
    const path = this.#pathIn(name, digest);
    this.#used.touch(path);
    const known = this.#sizes.get(path);
    if (known !== undefined) return known;
    if (this.#placing.has(path)) return undefined;
    // Synchronous: it takes microseconds where a trip through the thread pool takes far longer,
    // and nothing can be removed between the look and the remembering.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const blob: StoredBlob = { path, size: stat.size };
    this.#remember(blob);
    return blob;
  }

  /** Takes a durable file whose digest was checked into the repository, durably. */
  async adopt(name: string, digest: Digest, file: string): Promise<void> {
    const pool = digestPath(this.#layout.blobs, digest);
    await this.#folders.ensure(dirname(pool));
    const placed = await this.#place(name, digest, async (path) => {
      // Synchronous, as all small steps are: quicker than to ask another thread for them.
      if (tryLink(file, pool)) {
        renameSync(file, path);
      } else {
        await linkOrCopy(pool, path, this.#folders);
        await unlink(file);
      }
    });
    if (!placed) await unlink(file);
  }

  /** Gives a repository a blob that another one has. False where that one has it not. */
  async mount(name: string, digest: Digest, from: string): Promise<boolean> {
    const source = this.find(from, digest);
    if (source === undefined) return false;
    try {
      await this.#place(name, digest, (path) => linkOrCopy(source.path, path, this.#folders));
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return false;
      throw error;
    }
    return true;
  }

  /** Takes a blob from a repository; others keep it. False where it was not there. */
  async remove(name: string, digest: Digest): Promise<boolean> {
    const path = this.#pathIn(name, digest);
    try {
      await unlink(path);
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return false;
      throw error;
    } finally {
      this.#sizes.delete(path);
    }
    await this.#folders.sync(dirname(path));
    return true;
  }

  /** Forgets what was remembered of a path: somebody removed the file by hand. */
  forget(path: string): void {
    this.#sizes.delete(path);
  }

  /** False where the repository has it already, and `put` was not called. */
  async #place(
    name: string,
    digest: Digest,
    put: (path: string) => Promise<void>,
  ): Promise<boolean> {
    const path = this.#pathIn(name, digest);
    for (;;) {
      const other = this.#placing.get(path);
      if (other === undefined) break;
      await other.catch(() => undefined);
    }
    if (this.find(name, digest) !== undefined) return false;
    const placing = this.#placeNew(path, put);
    this.#placing.set(path, placing);
    try {
      await placing;
    } finally {
      this.#placing.delete(path);
    }
    return true;
  }

  async #placeNew(path: string, put: (path: string) => Promise<void>): Promise<void> {
    await this.#folders.ensure(dirname(path));
    try {
      await put(path);
      await this.#folders.sync(dirname(path));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  #pathIn(name: string, digest: Digest): string {
    return digestPath(`${this.#layout.repository(name)}/_blobs`, digest);
  }

  #remember(blob: StoredBlob): void {
    if (this.#sizes.size >= rememberedBlobs) {
      const oldest = this.#sizes.keys().next();
      if (oldest.done !== true) this.#sizes.delete(oldest.value);
    }
    this.#sizes.set(blob.path, blob);
  }
}

/** False where the target stands. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    // A file system without hard links: the repository keeps a copy, and the pool has none.
    if (isWithoutLinks(error)) return true;
    throw error;
  }
}

async function linkOrCopy(from: string, to: string, folders: Folders): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return;
    if (!isWithoutLinks(error)) throw error;
    await copyDurably(from, to, folders.temporaryPath());
  }
}

/** Also where a file has as many links as its file system can count (ext4: 65,000). */
function isWithoutLinks(error: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EMLINK", "ENOSYS"].includes(systemCodeOf(error) ?? "");
}

async function copyDurably(from: string, to: string, staged: string): Promise<void> {
  try {
    await copyFile(from, staged);
    const handle = await open(staged, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(staged, to);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}
