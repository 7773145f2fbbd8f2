import { randomUUID } from "node:crypto";
import { closeSync, fsync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { systemCodeOf } from "../../errors.ts";

const fsyncFile = promisify(fsync);

/** Private to this user: who may read the contents is for the registry to decide. */
const folderMode = 0o700;

interface FolderState {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

/**
 * Creates folders, and makes changes in them durable. A rename or link is durable only after an
 * fsync of the folder; one fsync serves all callers that asked before it began.
 */
export class Folders {
  readonly #temporary: string;
  readonly #known = new Map<string, Promise<void>>();
  readonly #syncs = new Map<string, FolderState>();

  /** `temporary` must be on the same file system as everything that is written. */
  constructor(temporary: string) {
    this.#temporary = temporary;
  }

  /** Creates a folder and its parents, durably. An existing folder is checked only once. */
  ensure(folder: string): Promise<void> {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const made = this.#make(folder);
    this.#known.set(folder, made);
    made.catch(() => this.#known.delete(folder));
    return made;
  }

  /** Resolves when all earlier changes in the folder are durable. */
  sync(folder: string): Promise<void> {
    const state = this.#syncs.get(folder);
    if (state === undefined) {
      const started: FolderState = { running: syncFolder(folder), next: undefined };
      this.#syncs.set(folder, started);
      this.#settle(folder, started);
      return started.running;
    }
    // The running fsync may have begun before our change.
    state.next ??= state.running.then(
      () => syncFolder(folder),
      () => syncFolder(folder),
    );
    return state.next;
  }

  /** A new path for a temporary file. */
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
    // Opening a cached folder here is faster than through another thread.
    const file = openSync(folder, "r");
    try {
      await fsyncFile(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // Windows cannot open folders, and some network file systems cannot sync them.
    if (!["EISDIR", "EPERM", "EINVAL", "ENOTSUP"].includes(systemCodeOf(error) ?? "")) throw error;
  }
}

function ignoreExisting(error: unknown): void {
  if (systemCodeOf(error) !== "EEXIST") throw error;
}
