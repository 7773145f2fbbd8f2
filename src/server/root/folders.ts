import { randomUUID } from "node:crypto";
import { closeSync, fsync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { systemCodeOf } from "../../errors.ts";

const fsyncFile = promisify(fsync);

/** What a registry keeps is nobody else's to read: who may is for its routes to say. */
const folderMode = 0o700;

interface FolderState {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

/**
 * Makes folders and what was done in them durable. A rename or a link is on the disk only after
 * an fsync of the folder; one fsync serves all who asked for it before it began.
 */
export class Folders {
  readonly #temporary: string;
  readonly #known = new Map<string, Promise<void>>();
  readonly #syncs = new Map<string, FolderState>();

  /** `temporary` is on the same file system as all that is written. */
  constructor(temporary: string) {
    this.#temporary = temporary;
  }

  /** Makes a folder and those above it, durably. One that exists is not looked at twice. */
  ensure(folder: string): Promise<void> {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const made = this.#make(folder);
    this.#known.set(folder, made);
    made.catch(() => this.#known.delete(folder));
    return made;
  }

  /** Resolves once all that was done in the folder before the call is on the disk. */
  sync(folder: string): Promise<void> {
    const state = this.#syncs.get(folder);
    if (state === undefined) {
      const started: FolderState = { running: syncFolder(folder), next: undefined };
      this.#syncs.set(folder, started);
      this.#settle(folder, started);
      return started.running;
    }
    // The one that is running may have begun before our change.
    state.next ??= state.running.then(
      () => syncFolder(folder),
      () => syncFolder(folder),
    );
    return state.next;
  }

  /** A new path for a file that is on its way. */
  temporaryPath(): string {
    return join(this.#temporary, randomUUID());
  }

  async #make(folder: string): Promise<void> {
    const parent = dirname(folder);
    try {
      await mkdir(folder, { mode: folderMode });
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT" && parent !== folder) {
        await this.ensure(parent);
        await mkdir(folder, { mode: folderMode }).catch(ignoreExisting);
      } else {
        ignoreExisting(error);
      }
    }
    await this.sync(parent);
  }

  #settle(folder: string, state: FolderState): void {
    const onEnd = (): void => {
      if (state.next === undefined) {
        this.#syncs.delete(folder);
        return;
      }
      const following: FolderState = { running: state.next, next: undefined };
      this.#syncs.set(folder, following);
      this.#settle(folder, following);
    };
    state.running.then(onEnd, onEnd);
  }
}

async function syncFolder(folder: string): Promise<void> {
  try {
    // Opening what the cache holds is quicker than asking another thread to open it.
    const file = openSync(folder, "r");
    try {
      await fsyncFile(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // Windows opens no folders, and some network file systems sync none.
    if (!["EISDIR", "EPERM", "EINVAL", "ENOTSUP"].includes(systemCodeOf(error) ?? "")) throw error;
  }
}

function ignoreExisting(error: unknown): void {
  if (systemCodeOf(error) !== "EEXIST") throw error;
}
