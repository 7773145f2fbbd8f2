import { createHash, randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import type { Piece } from "../github-cache/entry.ts";
import { Refusal } from "../http/refusal.ts";
import { foldersOf, ObjectFolders } from "./object-folders.ts";
import type { ObjectPath } from "./object-path.ts";
import type { OpenObject, Origin, StoredObject } from "./stored-object.ts";

export interface ObjectsOptions {
  /** A folder for what is written, of which this process is the only user; exists, and is empty. */
  readonly folder: string;
  /** For all objects, and what is still arriving. */
  readonly mostBytes: number;
  readonly origin?: Origin | undefined;
}

/** A larger one is refused: compilers write some kilobytes, linkers some hundred megabytes. */
const largestObject = 2 ** 30;
/** Uses within a day count as one, so that not all objects look changed after each run. */
const useStepMs = 24 * 3_600_000;

/**
 * Objects by path: those that were written here are files, the others are fetched from the origin.
 * There are at most so many bytes of them: to make room, those are dropped that were not used for
 * the longest time.
 */
export class Objects {
  readonly #options: ObjectsOptions;
  /** In the order of the last use. */
  readonly #objects = new Map<string, StoredObject>();
  readonly #folders = new ObjectFolders();
  readonly #used = new Set<string>();
  /** With what is still arriving. */
  #bytes = 0;
  /** Of `#bytes`, what is in files here. */
  #local = 0;
  #changes = 0;

  constructor(options: ObjectsOptions) {
    this.#options = options;
    const objects = [...(options.origin?.objects ?? [])];
    for (const object of objects.sort((a, b) => a.mtimeMs - b.mtimeMs)) this.#add(object);
    this.#makeRoom(0);
  }

  /** How many there are. */
  get count(): number {
    return this.#objects.size;
  }

  /** How often an object was added, replaced or deleted by a client. */
  get changes(): number {
    return this.#changes;
  }

  /** How many bytes are in files here, with what is still arriving. */
  get localBytes(): number {
    return this.#local;
  }

  /** All of them, with the time of their last use: uses since the start count from `now` on. */
  list(now: Date): readonly StoredObject[] {
    return [...this.#objects.values()].map((object) => {
      const isUsed = this.#used.has(object.path) && now.getTime() - object.mtimeMs > useStepMs;
      return isUsed ? { ...object, mtimeMs: now.getTime() } : object;
    });
  }

  all(): Iterable<StoredObject> {
    return this.#objects.values();
  }

  /** Undefined if there is none. */
  find(path: string): StoredObject | undefined {
    return this.#objects.get(path);
  }

  /** Opens an object, and remembers that it was used. Undefined if there is none. */
  open(path: string): OpenObject | undefined {
    const object = this.#objects.get(path);
    if (object === undefined) return undefined;
    this.#objects.delete(path);
    this.#objects.set(path, object);
    this.#used.add(path);
    return {
      size: object.size,
      read: async (start, length) => {
        if (object.file !== undefined) return readFrom(object.file, start, length);
        const stream = await this.#options.origin?.read(path, start, length);
        if (stream === undefined) this.#forgetLost(object);
        return stream;
      },
    };
  }

  /**
   * Writes an object as its content arrives; until then, it is not there. Throws a refusal if it is
   * too large or is not what its name says. False if there was none before.
   */
  async write({ path, sha256 }: ObjectPath, body: AsyncIterable<Uint8Array>): Promise<boolean> {
    const received = await this.receive(body, largestObject);
    try {
      if (sha256 !== undefined && received.sha256 !== sha256) {
        throw new Refusal(400, "DIGEST_INVALID", "the content does not have the hash in its name");
      }
      return this.keep(path, received);
    } catch (error) {
      this.discard(received);
      throw error;
    }
  }

  /** Receives content that counts from now on, and is kept or discarded later. */
  async receive(
    body: AsyncIterable<Uint8Array>,
    largest = this.#options.mostBytes,
  ): Promise<Piece> {
    const file = join(this.#options.folder, randomUUID());
    const most = Math.min(largest, this.#options.mostBytes);
    const hash = createHash("sha256");
    let size = 0;
    const handle = await open(file, "wx", 0o600);
    try {
      for await (const chunk of body) {
        if (size + chunk.length > most) throw tooLarge(most);
        this.#makeRoom(chunk.length);
        this.#bytes += chunk.length;
        this.#local += chunk.length;
        this.#options.origin?.trim();
        size += chunk.length;
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
      await handle.close();
      return { file, size, sha256: hash.digest("hex") };
    } catch (error) {
      await handle.close();
      this.discard({ file, size });
      throw error;
    }
  }

  /** Deletes what was received. */
  discard({ file, size }: Pick<Piece, "file" | "size">): void {
    rmSync(file, { force: true });
    this.#bytes -= size;
    this.#local -= size;
  }

  /** Makes an object of what was received. False if there was none of the path before. */
  keep(path: string, { file, size, sha256 }: Piece): boolean {
    const clash = foldersOf(path).some((folder) => this.#objects.has(folder));
    if (clash || this.#folders.isUsed(path)) {
      throw new Refusal(409, "NAME_INVALID", "a part of the path is both an object and a folder");
    }
    const before = this.#objects.get(path);
    if (before !== undefined) this.#drop(before);
    // They were counted as they arrived.
    this.#bytes -= size;
    this.#local -= size;
    this.#add({ path, size, sha256, file, mtimeMs: Date.now() });
    // The same content costs no save.
    if (sha256 === undefined || before?.sha256 !== sha256) this.#changes += 1;
    return before !== undefined;
  }

  /** Deletes an object. False if there is none. */
  remove(path: string): boolean {
    const object = this.#objects.get(path);
    if (object === undefined) return false;
    this.#drop(object);
    this.#changes += 1;
    return true;
  }

  hasFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  makeFolder(path: string): void {
    this.#folders.make(path);
  }

  #makeRoom(bytes: number): void {
    for (const object of this.#objects.values()) {
      if (this.#bytes + bytes <= this.#options.mostBytes) return;
      this.#drop(object);
    }
    if (this.#bytes + bytes <= this.#options.mostBytes) return;
    throw new Refusal(507, "UNKNOWN", "too much is arriving at once for the size of the cache");
  }

  #add(object: StoredObject): void {
    this.#objects.set(object.path, object);
    this.#folders.count(object.path, 1);
    this.#bytes += object.size;
    if (object.file !== undefined) this.#local += object.size;
  }

  #drop({ path, size, file }: StoredObject): void {
    this.#objects.delete(path);
    this.#folders.count(path, -1);
    this.#bytes -= size;
    if (file === undefined) return;
    this.#local -= size;
    rmSync(file, { force: true });
  }

  /** What is lost must not count as there, so that it is saved if it is written again. */
  #forgetLost(object: StoredObject): void {
    const isLost = this.#options.origin?.isLost(object.path) === true;
    if (isLost && this.#objects.get(object.path) === object) this.#drop(object);
  }
}

function tooLarge(most: number): Refusal {
  return new Refusal(413, "SIZE_INVALID", `objects can have up to ${most} bytes`);
}

/** What was opened stays as it is, even if the object is replaced meanwhile. */
async function readFrom(
  file: string,
  start: number,
  length: number,
): Promise<ReturnType<FileHandle["createReadStream"]> | undefined> {
  try {
    const handle = await open(file, "r");
    return handle.createReadStream({ start, end: start + length - 1 });
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
