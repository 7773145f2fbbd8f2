import { createWriteStream, rmSync, utimesSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { IntegrityError, UsageError } from "../../errors.ts";
import { checkKey } from "../keys/key-tag.ts";
import { PackError } from "../restore/fetch-files.ts";
import { findCache, type FoundCache } from "../stored/find-cache.ts";
import { type ReadCache, readCache } from "../stored/read-cache.ts";
import { microsecondsOf, secondsOf } from "../tree/times.ts";
import { type ObjectEntry, objectEntriesOf } from "./object-entries.ts";
import { PackFiles, type PackFilesOptions } from "./pack-files.ts";
import { placesOf, type Slice, slicesOf } from "./slices.ts";

export interface StoredObjectsOptions extends PackFilesOptions {
  readonly key: string;
  /** Prefixes of other keys, if there is no cache of the key. */
  readonly prefixes: readonly string[];
  readonly now: () => Date;
  /** Called with why an object could not be fetched. */
  readonly onFailure: (error: unknown) => void;
}

/** An object in a stored cache. */
interface Listed {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Of its content, if it is one chunk. */
  readonly sha256: string | undefined;
}

/** If the registry does not answer, nothing is asked for so long. Each try takes several seconds. */
const pauseMs = 60_000;

/**
 * The files of a stored cache as objects, each of which is fetched with the others of its pack when
 * it is asked for.
 */
export class StoredObjects {
  readonly found: FoundCache;
  readonly cache: ReadCache;
  readonly entries: ReadonlyMap<string, ObjectEntry>;
  readonly #options: StoredObjectsOptions;
  readonly #packs: PackFiles;
  readonly #places: readonly Slice[];
  readonly #lost = new Set<number>();
  #pausedUntil = 0;

  private constructor(
    found: FoundCache,
    { cache, entries }: Pick<StoredObjects, "cache" | "entries">,
    options: StoredObjectsOptions,
  ) {
    this.found = found;
    this.cache = cache;
    this.entries = entries;
    this.#options = options;
    this.#packs = new PackFiles(cache, options);
    this.#places = placesOf(cache.tree);
  }

  /**
   * Opens the cache of a key, otherwise the newest with one of the prefixes; undefined if there is
   * none. Reads its list of files, and no pack. Throws a usage error if it is not of one folder.
   */
  static async open(options: StoredObjectsOptions): Promise<StoredObjects | undefined> {
    const { storage, prefixes } = options;
    const found = await findCache(storage, checkKey(options.key), prefixes);
    return found === undefined ? undefined : StoredObjects.read(found, options);
  }

  /** Opens a cache that was found. */
  static async read(found: FoundCache, options: StoredObjectsOptions): Promise<StoredObjects> {
    const cache = await readCache(options.storage, found);
    const entries = objectEntriesOf(cache);
    if (entries !== undefined) return new StoredObjects(found, { cache, entries }, options);
    throw new UsageError(`the cache ${found.key} is not a folder of objects`, {
      hint: "use a key that only `layerkeep dir serve` saves",
    });
  }

  /** What was fetched, as it is stored. */
  get fetched(): PackFiles["fetched"] {
    return this.#packs.fetched;
  }

  get objects(): Iterable<Listed> {
    return this.#list();
  }

  *#list(): Iterable<Listed> {
    for (const { path, entry, chunks } of this.entries.values()) {
      const sha256 = chunks.length === 1 ? chunks[0]?.digest : undefined;
      yield { path, size: entry.size, mtimeMs: entry.mtime / 1000, sha256 };
    }
  }

  /** A part of an object, checked by hash; undefined if it cannot be had now. */
  async read(path: string, start: number, length: number): Promise<Readable | undefined> {
    const slices = this.#slicesOf(path, start, length);
    if (slices.length === 0) return undefined;
    try {
      const packs = new Set(slices.map(({ pack }) => pack));
      await Promise.all([...packs].map((pack) => this.#fetch(pack)));
      return Readable.from(this.#bytesOf(slices), { objectMode: false });
    } catch (error) {
      if (error !== paused) this.#options.onFailure(error);
      return undefined;
    }
  }

  /** Whether a pack of the object is missing or damaged. */
  isLost(path: string): boolean {
    const chunks = this.entries.get(path)?.entry.chunks ?? [];
    return chunks.some((chunk) => this.#lost.has(this.#places[chunk]?.pack ?? -1));
  }

  /** Deletes packs that have no room any more. */
  trim(): void {
    this.#packs.trim();
  }

  /**
   * Writes an object to a file, with a time. False if it is lost; throws what the registry said if
   * it does not answer.
   */
  async copyTo(path: string, file: string, mtimeMs: number): Promise<boolean> {
    const size = this.entries.get(path)?.entry.size ?? 0;
    const slices = this.#slicesOf(path, 0, size);
    try {
      await pipeline(this.#bytesOf(slices), createWriteStream(file, { mode: 0o600 }));
    } catch (error) {
      rmSync(file, { force: true });
      if (!isDamage(error)) throw error;
      this.#options.onFailure(error);
      return false;
    }
    const time = secondsOf(microsecondsOf(mtimeMs));
    utimesSync(file, time, time);
    return true;
  }

  #slicesOf(path: string, start: number, length: number): readonly Slice[] {
    const numbers = this.entries.get(path)?.entry.chunks ?? [];
    const chunks = numbers.flatMap((number) => this.#places[number] ?? []);
    return slicesOf(chunks, { start, length });
  }

  async #fetch(pack: number): Promise<void> {
    const now = (): number => this.#options.now().getTime();
    if (this.#lost.has(pack) || now() < this.#pausedUntil) throw paused;
    try {
      await this.#packs.fetch(pack);
    } catch (error) {
      if (isDamage(error)) this.#lost.add(pack);
      else this.#pausedUntil = now() + pauseMs;
      throw error;
    }
  }

  async *#bytesOf(slices: readonly Slice[]): AsyncGenerator<Uint8Array> {
    for (const { pack, start, length } of slices) {
      const handle = await this.#packs.open(pack);
      const end = start + length - 1;
      for await (const chunk of handle.createReadStream({ start, end })) yield chunk as Uint8Array;
    }
  }
}

/** Whether it would fail again. */
function isDamage(error: unknown): boolean {
  return error instanceof PackError || error instanceof IntegrityError;
}

/** Nothing new is wrong. */
const paused = new Error("the object was not asked for");
