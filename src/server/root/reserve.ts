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

/** As large as a segment of the journal: what cleaning one may need. */
const mostBytes = 32 << 20;
const leastBytes = 64 << 10;
/** Of the file system. */
const share = 0.01;
/** The file begins with this, for whoever finds it and to know it again. */
const heading = Buffer.from(
  "Layerkeep's registry keeps this space, so that things can be deleted while the disk is full.\n",
);
/** Of its size, what has to be free beside it. */
const slack = 0.25;
const chunkBytes = 1 << 20;

/**
 * The reserve of a root that exists. Nothing is written yet: `restore` makes the file. Its size is
 * that of a segment, 32 MiB, but at most a hundredth of the file system, and 64 KiB at least.
 */
export async function openReserve(
  root: string,
  onWarning: (message: string) => void = () => undefined,
): Promise<Reserve> {
  const { blocks, bsize } = await statfs(root);
  // Some network file systems do not say how large they are.
  const wanted = blocks > 0 ? Math.floor(blocks * bsize * share) : mostBytes;
  const bytes = Math.min(Math.max(wanted, leastBytes), mostBytes);
  return new Reserve(layoutOf(root), bytes, onWarning);
}

/**
 * Space that is kept for what gives space back: removals, the cleaning of the journal and a start.
 * It is a file that is deleted when the disk is full. From then on nothing else may be written,
 * until there is room enough for the file again.
 */
export class Reserve {
  /** What it takes when it is made. */
  readonly bytes: number;
  readonly #layout: Layout;
  readonly #onWarning: (message: string) => void;
  /** The file while there is one: on its way to its place, or there. */
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

  /** Whether the space is kept now. */
  get isHeld(): boolean {
    return this.#file !== undefined;
  }

  /** Whether it was needed and could not be made again since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** What other files may still take, in bytes. */
  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#layout.root);
    return bavail * bsize;
  }

  /** Gives the space back at once, since the disk is full. False if there was none to give. */
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
   * Makes the file if it does not exist and there is room for it and a quarter more, so that it is
   * not made and needed again in turn. `folders` has the folder for files on their way.
   */
  restore(folders: Folders): Promise<void> {
    return (this.#restoring ??= this.#restore(folders).finally(() => {
      this.#restoring = undefined;
    }));
  }

  /** Whether the space of what is removed had better be given back soon. */
  get isTight(): boolean {
    return this.#isFull || this.freeBytes < 4 * this.bytes;
  }

  /** Whether that many bytes can be written with its help, and things be removed after it. */
  hasRoomFor(bytes: number, folders: Folders): boolean {
    const wanted = Math.ceil(bytes + this.bytes * slack - (this.isHeld ? this.bytes : 0));
    if (wanted <= 0 || this.freeBytes >= wanted) return true;
    if (this.#unusedBytes() < wanted) return false;
    // Only trying shows whether what is kept for root is for us.
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

  /** Makes none any more, and waits for the one that is being made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#restoring?.catch(() => undefined);
  }

  async #restore(folders: Folders): Promise<void> {
    const { root, reserve } = this.#layout;
    const { kind, size } = this.#look();
    // What a file system says of its size may change a little; half of it does as well.
    if (this.isHeld && kind === "ours" && size >= this.bytes / 2) return;
    this.#file = undefined;
    if (this.#isClosed) return;
    if (kind === "ours") rmSync(reserve);
    try {
      if (kind === "foreign") {
        const moved = settingAside(this.#layout)(reserve);
        this.#onWarning(`${reserve} is not the registry's and was moved to ${moved}`);
      }
      const hasRoom = this.#unusedBytes() >= this.bytes * (1 + slack);
      if (hasRoom && (await this.#make(folders))) await folders.sync(root);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
    }
    this.#setFull(!this.isHeld);
  }

  /** False if it was given back while it was being made durable. */
  async #make(folders: Folders): Promise<boolean> {
    const staged = folders.temporaryPath();
    const file = openSync(staged, "wx", 0o600);
    try {
      // In one go, so that nobody finds half of the space taken.
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

  /** What is in its place. A file that somebody else put there is not touched. */
  #look(): { readonly kind: "ours" | "foreign" | "none"; readonly size: number } {
    const { reserve } = this.#layout;
    const stats = lstatSync(reserve, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: "none", size: 0 };
    const { size } = stats;
    // A crash may come between its truncation and its deletion.
    const isOurs = stats.isFile() && (size === 0 || startsWithHeading(reserve));
    return { kind: isOurs ? "ours" : "foreign", size };
  }

  /** Also what a file system keeps for root and for itself. */
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
        ? `the disk of ${root} is full: nothing is taken until something is deleted or collected, or there is free space again`
        : `the disk of ${root} has free space again: pushes are taken`,
    );
  }
}

/** With bytes that no file system can store in less space. */
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
