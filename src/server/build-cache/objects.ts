import { createHash, randomUUID } from "node:crypto";
import {
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import { Refusal } from "../http/refusal.ts";
import { listObjects } from "./list-objects.ts";
import type { ObjectPath } from "./object-path.ts";

export interface ObjectsOptions {
  /** The folder with the objects; exists. */
  readonly folder: string;
  /** For what is still arriving; exists, on the same disk. */
  readonly incoming: string;
  /** For all objects, and what is still arriving. */
  readonly mostBytes: number;
}

/** A larger one is refused: compilers write some kilobytes, linkers some hundred megabytes. */
const largestObject = 2 ** 30;
/** Up to this size, what is written again is compared with what is there. */
const comparedBytes = 64 << 10;
/** Uses within a day count as one, so that not all files look changed after each run. */
const useStepMs = 24 * 3_600_000;

/**
 * Objects as files in a folder. There are at most so many bytes of them: to make room, those are
 * deleted that were not used for the longest time. Only this process may change the folder.
 */
export class Objects {
  readonly #options: ObjectsOptions;
  /** Sizes by path, in the order of the last use. */
  readonly #sizes = new Map<string, number>();
  readonly #used = new Set<string>();
  /** With what is still arriving. */
  #bytes = 0;
  #changes = 0;

  constructor(options: ObjectsOptions) {
    this.#options = options;
    for (const { path, size } of listObjects(options.folder)) {
      this.#sizes.set(path, size);
      this.#bytes += size;
    }
    this.#makeRoom(0);
  }

  /** How many there are. */
  get count(): number {
    return this.#sizes.size;
  }

  /** How often an object was added, replaced or deleted by a client. */
  get changes(): number {
    return this.#changes;
  }

  /** The size of an object, in bytes; undefined if there is none. */
  sizeOf(path: string): number | undefined {
    return this.#sizes.get(path);
  }

  /** Opens an object, and remembers that it was used. Undefined if there is none. */
  async open(path: string): Promise<{ handle: FileHandle; size: number } | undefined> {
    const size = this.#sizes.get(path);
    if (size === undefined) return undefined;
    this.#sizes.delete(path);
    this.#sizes.set(path, size);
    this.#used.add(path);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
    try {
      const handle = await open(this.#fileOf(path), flags);
      // What was opened stays as it is, even if the object is replaced meanwhile.
      return { handle, size: (await handle.stat()).size };
    } catch (error) {
      // It was deleted meanwhile, or was saved without the right to read it.
      if (["ENOENT", "EACCES"].includes(systemCodeOf(error) ?? "")) return undefined;
      throw error;
    }
  }

  /**
   * Writes an object as its content arrives; until then, it is not there. Throws a refusal if it is
   * too large or is not what its name says. False if there was none before.
   */
  async write({ path, sha256 }: ObjectPath, body: AsyncIterable<Uint8Array>): Promise<boolean> {
    const file = join(this.#options.incoming, randomUUID());
    const hash = createHash("sha256");
    let size = 0;
    const handle = await open(file, "wx", 0o600);
    try {
      for await (const chunk of body) {
        if (size + chunk.length > this.#mostOfOne()) throw tooLarge(this.#mostOfOne());
        this.#makeRoom(chunk.length);
        this.#bytes += chunk.length;
        size += chunk.length;
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
      await handle.close();
      if (sha256 !== undefined && hash.digest("hex") !== sha256) {
        throw new Refusal(400, "DIGEST_INVALID", "the content does not have the hash in its name");
      }
      return this.#take(path, file, size);
    } catch (error) {
      this.#bytes -= size;
      throw error;
    } finally {
      await handle.close();
      rmSync(file, { force: true });
    }
  }

  /** Deletes an object. False if there is none. */
  remove(path: string): boolean {
    if (!this.#sizes.has(path)) return false;
    this.#drop(path);
    this.#changes += 1;
    return true;
  }

  hasFolder(path: string): boolean {
    const stat = lstatSync(this.#fileOf(path), { throwIfNoEntry: false });
    return stat?.isDirectory() === true;
  }

  makeFolder(path: string): void {
    mkdirSync(this.#fileOf(path), { recursive: true, mode: 0o700 });
  }

  /** When an object or folder was last changed. */
  changedAt(path: string): Date {
    return statSync(this.#fileOf(path)).mtime;
  }

  /** Gives the objects that were read a new time, which is how the next run knows of it. */
  markUsed(now: Date): void {
    for (const path of this.#used) {
      if (!this.#sizes.has(path)) continue;
      const { mtimeMs } = lstatSync(this.#fileOf(path));
      if (now.getTime() - mtimeMs > useStepMs) utimesSync(this.#fileOf(path), now, now);
    }
  }

  /** Nothing else runs between its steps. */
  #take(path: string, file: string, size: number): boolean {
    const target = this.#fileOf(path);
    const before = this.#sizes.get(path);
    if (before !== undefined && before === size && isSameContent(file, target, size)) {
      this.#bytes -= size;
      return true;
    }
    try {
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      renameSync(file, target);
    } catch (cause) {
      const clashes = ["EEXIST", "ENOTDIR", "EISDIR", "ENOTEMPTY"];
      if (!clashes.includes(systemCodeOf(cause) ?? "")) throw cause;
      const message = "a part of the path is both an object and a folder";
      throw new Refusal(409, "NAME_INVALID", message, { cause });
    }
    this.#bytes -= before ?? 0;
    this.#sizes.delete(path);
    this.#sizes.set(path, size);
    this.#changes += 1;
    return before !== undefined;
  }

  #mostOfOne(): number {
    return Math.min(largestObject, this.#options.mostBytes);
  }

  #makeRoom(bytes: number): void {
    for (const path of this.#sizes.keys()) {
      if (this.#bytes + bytes <= this.#options.mostBytes) return;
      this.#drop(path);
    }
    if (this.#bytes + bytes <= this.#options.mostBytes) return;
    throw new Refusal(507, "UNKNOWN", "too much is arriving at once for the size of the cache");
  }

  #drop(path: string): void {
    rmSync(this.#fileOf(path), { force: true });
    this.#bytes -= this.#sizes.get(path) ?? 0;
    this.#sizes.delete(path);
  }

  #fileOf(path: string): string {
    return join(this.#options.folder, path);
  }
}

function tooLarge(most: number): Refusal {
  return new Refusal(413, "SIZE_INVALID", `objects can have up to ${most} bytes`);
}

/** What is large counts as changed, which costs a save that sends nothing. */
function isSameContent(file: string, other: string, size: number): boolean {
  if (size > comparedBytes) return false;
  return readFileSync(file).equals(readFileSync(other));
}
