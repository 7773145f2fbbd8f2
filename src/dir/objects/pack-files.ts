import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { Buffers } from "../packs/buffers.ts";
import { largestStored, PackError, unpackPack, wholePack } from "../restore/fetch-files.ts";
import type { Storage } from "../stored/find-cache.ts";
import type { ReadCache } from "../stored/read-cache.ts";
import type { Crew } from "../threads/crew.ts";
import { byteName } from "../tree/walk.ts";

/** How often a pack is fetched that is deleted before it can be opened. */
const mostTries = 5;

export interface PackFilesOptions {
  readonly storage: Storage;
  readonly crew: Crew;
  /** A folder of which this process is the only user; exists. */
  readonly folder: string;
  /** How many bytes of packs may be in the folder at this moment; one pack may be there anyway. */
  readonly mostBytes: () => number;
}

interface PackFile {
  readonly file: string;
  readonly size: number;
}

/**
 * The packs of a cache as files, expanded and checked: each is fetched when it is needed first. To
 * make room, those are deleted that were not used for the longest time.
 */
export class PackFiles {
  /** As they are stored. */
  readonly fetched = { bytes: 0, packs: 0 };
  readonly #cache: ReadCache;
  readonly #options: PackFilesOptions;
  readonly #sizes: readonly number[];
  /** In the order of the last use. */
  readonly #files = new Map<number, PackFile>();
  readonly #arriving = new Map<number, Promise<void>>();
  readonly #limit: ReturnType<typeof createLimit>;
  readonly #buffers: Buffers;
  /** As it is stored. */
  readonly #largest: number;
  #bytes = 0;

  constructor(cache: ReadCache, options: PackFilesOptions) {
    this.#cache = cache;
    this.#options = options;
    this.#sizes = cache.tree.packs.map((pack) => pack.reduce((sum, one) => sum + one.length, 0));
    const largest = cache.packs.reduce((most, { size }) => Math.max(most, size), 0);
    this.#largest = Math.min(largest, largestStored);
    // One more than can be unpacked at once is on its way; each may take several MiB.
    const atOnce = options.crew.size + 1;
    this.#limit = createLimit(atOnce);
    this.#buffers = new Buffers(this.#largest, atOnce);
  }

  /** Fetches a pack that is not here. Throws a `PackError` if it is missing or damaged. */
  fetch(number: number): Promise<void> {
    if (this.#files.has(number)) return Promise.resolve();
    const before = this.#arriving.get(number);
    if (before !== undefined) return before;
    const arriving = this.#limit(() => this.#fetchNow(number)).finally(() =>
      this.#arriving.delete(number),
    );
    this.#arriving.set(number, arriving);
    return arriving;
  }

  /** Opens a pack, which stays as it is even if its file is deleted meanwhile. */
  async open(number: number): Promise<FileHandle> {
    for (let tries = 0; tries < mostTries; tries++) {
      await this.fetch(number);
      const found = this.#files.get(number);
      // Others may have needed the room.
      if (found === undefined) continue;
      this.#files.delete(number);
      this.#files.set(number, found);
      return open(found.file, "r");
    }
    throw new Error("there is no room for a pack");
  }

  async #fetchNow(number: number): Promise<void> {
    const { storage, crew, folder } = this.#options;
    if ((this.#cache.packs[number]?.size ?? 0) > largestStored) {
      throw new PackError("a pack is too large");
    }
    const file = join(folder, randomUUID());
    let buffer = await this.#buffers.take();
    try {
      await writeFile(file, "", { flag: "wx", mode: 0o600 });
      const chunks = wholePack(this.#cache.tree.packs[number] ?? [], byteName(file));
      const got = await unpackPack(this.#cache, number, { storage, crew, chunks, buffer });
      ({ buffer } = got);
      this.fetched.bytes += got.size;
      this.fetched.packs += 1;
      this.#keep(number, { file, size: this.#sizes[number] ?? 0 });
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    } finally {
      // A buffer that a thread has not given back is replaced, so that nobody waits for it.
      this.#buffers.give(buffer.byteLength > 0 ? buffer : new ArrayBuffer(this.#largest));
    }
  }

  /** Deletes packs until there is room for those that are left, and for so many bytes. */
  trim(more = 0): void {
    const most = this.#options.mostBytes();
    for (const [number, { file, size }] of this.#files) {
      if (this.#bytes + more <= most) return;
      rmSync(file, { force: true });
      this.#files.delete(number);
      this.#bytes -= size;
    }
  }

  #keep(number: number, pack: PackFile): void {
    this.trim(pack.size);
    this.#files.set(number, pack);
    this.#bytes += pack.size;
  }
}
