import { randomFillSync } from "node:crypto";
import {
  closeSync,
  fsync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";
import { systemCodeOf } from "../../errors.ts";
import { diskFull, isNoSpace } from "../http/refusal.ts";
import type { Folders } from "./folders.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { settingAside } from "./set-aside.ts";

const fsyncFile = promisify(fsync);

/** The size of a journal segment: what cleaning one may need. */
const mostBytes = 32 << 20;
const leastBytes = 64 << 10;
/** A share of the file system's size. */
const share = 0.01;
/**
 * The file begins with this, which explains it to readers. Never reword it: registries on disk are
 * recognised by it.
 */
const heading = Buffer.from(
  "Layerkeep's registry keeps this space, so that things can be deleted while the disk is full.\n",
);
/** A share of its size that must also be free. */
const slack = 0.25;
const chunkBytes = 1 << 20;

/**
 * The reserve of an existing root. Nothing is written yet: `restore` creates the file. Its size is
 * that of a segment, 32 MiB, but at most a hundredth of the file system, and at least 64 KiB.
 */
export async function openReserve(
  root: string,
  onWarning: (message: string) => void = () => undefined,
): Promise<Reserve> {
  const { blocks, bsize } = await statfs(root);
  // Some network file systems do not report their size.
  const wanted = blocks > 0 ? Math.floor(blocks * bsize * share) : mostBytes;
  const bytes = Math.min(Math.max(wanted, leastBytes), mostBytes);
  return new Reserve(layoutOf(root), bytes, onWarning);
}

/**
 * Space that is kept for operations that free space: removals, journal cleaning and a start. It is
 * a file that is deleted when the disk is full. After that nothing else may be written until there
 * is enough room for the file again.
 */
export class Reserve {
  /** Its size when it is created, in bytes. */
  readonly bytes: number;
  readonly #layout: Layout;
  readonly #onWarning: (message: string) => void;
  /** The path of the file if there is one, at its temporary or final place. */
  #file: string | undefined;
  #isFull = false;
  #isClosed = false;
  #restoring: Promise<void> | undefined;

  constructor(layout: Layout, bytes: number, onWarning: (message: string) => void) {
    this.#layout = layout;
    this.bytes = bytes;
    this.#onWarning = onWarning;
    if (this.#look().kind === "ours") this.#file = layout.reserve;
  }

  /** Whether the space is currently reserved. */
  get isHeld(): boolean {
    return this.#file !== undefined;
  }

  /** Whether it was needed and could not be created again since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** How much other files may still take, in bytes. */
  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#layout.root);
    return bavail * bsize;
  }

  /** Frees the space at once, because the disk is full. False if there was none. */
  release(): boolean {
    const file = this.#file;
    this.#file = undefined;
    this.#setFull(true);
    if (file === undefined) return false;
    try {
      // Also frees the space if the file is open.
      truncateSync(file, 0);
      rmSync(file, { force: true });
      return true;
    } catch (error) {
      if (systemCodeOf(error) === undefined) throw error;
      return false;
    }
  }

  /**
   * Creates the file if it does not exist and there is room for it and a quarter more; without that
   * margin it could be created and needed again in turn. `folders` provides the temporary path.
   */
  restore(folders: Folders): Promise<void> {
    return (this.#restoring ??= this.#restore(folders).finally(() => {
      this.#restoring = undefined;
    }));
  }

  /** Whether the space of removed content should be freed soon. */
  get isTight(): boolean {
    return this.#isFull || this.freeBytes < 4 * this.bytes;
  }

  /**
   * Whether this many bytes can be written with its help, and content still be removed after that.
   */
  hasRoomFor(bytes: number, folders: Folders): boolean {
    const wanted = Math.ceil(bytes + this.bytes * slack - (this.isHeld ? this.bytes : 0));
    if (wanted <= 0 || this.freeBytes >= wanted) return true;
    if (this.#unusedBytes() < wanted) return false;
    // Only a trial shows whether we may use the blocks that are reserved for root.
    const path = folders.temporaryPath();
    try {
      const file = openSync(path, "wx", 0o600);
      try {
        fill(file, wanted);
      } finally {
        closeSync(file);
      }
      return true;
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      return false;
    } finally {
      rmSync(path, { force: true });
    }
  }

  /** Throws a refusal while the disk is full. */
  async requireRoom(folders: Folders): Promise<void> {
    if (!this.#isFull) return;
    await this.restore(folders);
    if (this.isFull) throw diskFull();
  }

  /** Stops creating it, and waits if it is being created. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#restoring?.catch(() => undefined);
  }

  async #restore(folders: Folders): Promise<void> {
    const { root, reserve } = this.#layout;
    const { kind, size } = this.#look();
    // A file system's reported size may vary a little; half of the size is enough.
    if (this.isHeld && kind === "ours" && size >= this.bytes / 2) return;
    this.#file = undefined;
    if (this.#isClosed) return;
    if (kind === "ours") rmSync(reserve);
    try {
      if (kind === "foreign") {
        const moved = settingAside(this.#layout)(reserve);
        this.#onWarning(`${reserve} does not belong to the registry, so it was moved to ${moved}`);
      }
      const hasRoom = this.#unusedBytes() >= this.bytes * (1 + slack);
      if (hasRoom && (await this.#make(folders))) await folders.sync(root);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
    }
    this.#setFull(!this.isHeld);
  }

  /** False if it was freed while it was being made durable. */
  async #make(folders: Folders): Promise<boolean> {
    const staged = folders.temporaryPath();
    const file = openSync(staged, "wx", 0o600);
    try {
      // Written in one go, so that nobody else takes half of the space meanwhile.
      fill(file, Math.ceil(this.bytes * (1 + slack)));
      ftruncateSync(file, this.bytes);
      this.#file = staged;
      await fsyncFile(file);
      if (!this.isHeld) return false;
      renameSync(staged, this.#layout.reserve);
      this.#file = this.#layout.reserve;
      return true;
    } catch (error) {
      this.#file = undefined;
      rmSync(staged, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  }

  /** What is at its path. A foreign file there is not touched. */
  #look(): { readonly kind: "ours" | "foreign" | "none"; readonly size: number } {
    const { reserve } = this.#layout;
    const stats = lstatSync(reserve, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: "none", size: 0 };
    const { size } = stats;
    // A crash can happen between its truncation and its deletion.
    const isOurs = stats.isFile() && (size === 0 || startsWithHeading(reserve));
    return { kind: isOurs ? "ours" : "foreign", size };
  }

  /** Includes what a file system reserves for root and for itself. */
  #unusedBytes(): number {
    const { bfree, bsize } = statfsSync(this.#layout.root);
    return bfree * bsize;
  }

  #setFull(isFull: boolean): void {
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const { root } = this.#layout;
    this.#onWarning(
      isFull
        ? `the disk that contains ${root} is full. Pushes will be refused until there is free space again: delete images, or run a garbage collection`
        : `the disk that contains ${root} has free space again. Pushes are accepted again`,
    );
  }
}

/** With bytes that no file system can compress. */
function fill(file: number, bytes: number): void {
  const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, bytes));
  for (let at = 0; at < bytes; ) {
    randomFillSync(chunk);
    if (at === 0) heading.copy(chunk);
    at += writeSync(file, chunk, 0, Math.min(chunk.length, bytes - at), at);
  }
}

function startsWithHeading(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(heading.length);
    readSync(file, start, 0, start.length, 0);
    return start.equals(heading);
  } finally {
    closeSync(file);
  }
}
