import { type Dirent, type FSWatcher, readdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { messageOf, systemCodeOf, UsageError } from "../../errors.ts";

/** Changes of files. */
export interface FileChanges extends Disposable {
  /**
   * Waits until something changed since the last call, and then was left alone for a moment. False
   * if the signal was aborted. Throws a usage error if the system cannot watch so many folders.
   */
  readonly next: (signal: AbortSignal) => Promise<boolean>;
}

/** An editor writes several files, or one in several steps. Milliseconds. */
const quietMs = 200;

/**
 * Watches folders with all below them, new ones too, but not the insides of `.git`; and the folders
 * of single files. One that does not exist is left out.
 */
export function watchFolders(folders: readonly string[], files: readonly string[]): FileChanges {
  const watchers = new Map<string, FSWatcher>();
  let changed = false;
  let problem: UsageError | undefined;
  let wake = (): void => undefined;
  const notice = (): void => {
    changed = true;
    wake();
  };
  const add = (folder: string, isDeep: boolean): void => {
    if (!watchers.has(folder) && !open(folder, isDeep)) return;
    if (isDeep) for (const name of foldersIn(folder)) add(join(folder, name), true);
  };
  const open = (folder: string, isDeep: boolean): boolean => {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === ".git") return;
        if (isDeep) add(folder, true);
        notice();
      });
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(folder);
        notice();
      });
      watchers.set(folder, watcher);
      return true;
    } catch (error) {
      problem ??= problemOf(folder, error);
      return false;
    }
  };
  for (const folder of folders) add(folder, true);
  for (const file of files) add(dirname(file), false);
  return {
    next: async (signal) => {
      if (problem !== undefined) throw problem;
      while (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = () => {
            signal.removeEventListener("abort", wake);
            resolve();
          };
          signal.addEventListener("abort", wake);
        });
      }
      while (changed && !signal.aborted) {
        changed = false;
        await setTimeout(quietMs, undefined, { signal }).catch(() => undefined);
      }
      return !signal.aborted;
    },
    [Symbol.dispose]: () => {
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry: Dirent) => entry.isDirectory() && entry.name !== ".git")
      .map(({ name }) => name);
  } catch {
    // It was deleted in the meantime, or cannot be read, so that no build takes it.
    return [];
  }
}

/** Undefined for a folder that does not exist. */
function problemOf(folder: string, error: unknown): UsageError | undefined {
  const code = systemCodeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") return undefined;
  return new UsageError(`cannot watch ${folder}: ${messageOf(error)}`, {
    cause: error,
    ...(code === "ENOSPC" || code === "EMFILE"
      ? { hint: "raise the limit: sudo sysctl fs.inotify.max_user_watches=524288" }
      : {}),
  });
}
