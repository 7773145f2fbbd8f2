import { stat } from "node:fs/promises";
import { messageOf } from "../../errors.ts";

/** A value that is read from files, and read again if one of them changes. */
export interface Source<T> {
  /** The files that are watched. */
  readonly files: readonly string[];
  /** Throws if the files cannot be used. */
  readonly load: () => Promise<T>;
}

export interface Watched<T> {
  readonly current: () => T;
  /** Calls back with each value that is loaded again. */
  readonly onChange: (listener: (value: T) => void) => void;
  /** Reads again, even if nothing changed. Never rejects. */
  readonly refresh: () => Promise<void>;
  readonly close: () => void;
}

interface WatchOptions {
  /** Called if a changed file cannot be used; the previous value stays in use. */
  readonly onWarning: (message: string) => void;
  readonly everyMs?: number | undefined;
}

/**
 * Loads a source, and again whenever its files change. The files are polled, since file events miss
 * mounted files and relinked ones. A change is read after two equal looks in a row. A change that
 * cannot be used is warned of once, and the previous value stays in use: a half-written file must
 * not lock everyone out. Throws if the first load throws.
 */
export async function watch<T>(source: Source<T>, options: WatchOptions): Promise<Watched<T>> {
  const { onWarning, everyMs = 1_000 } = options;
  // Taken before reading, so that a change during it is seen.
  let read = await stampOf(source.files);
  let value = await source.load();
  let last = read;
  let warned = "";
  let listener: ((value: T) => void) | undefined;
  const load = async (stamp: string): Promise<void> => {
    read = stamp;
    try {
      value = await source.load();
      warned = "";
      listener?.(value);
    } catch (error) {
      const message = messageOf(error);
      if (message !== warned) onWarning(`${message}; the previous version remains in use`);
      warned = message;
    }
  };
  const look = async (): Promise<void> => {
    const stamp = await stampOf(source.files);
    const still = stamp === last;
    last = stamp;
    if (still && stamp !== read) await load(stamp);
  };
  let running = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => (running = running.then(work));
  const timer =
    source.files.length === 0 ? undefined : setInterval(() => void inTurn(look), everyMs);
  timer?.unref();
  return {
    current: () => value,
    onChange: (next) => void (listener = next),
    refresh: () => inTurn(async () => load(await stampOf(source.files))),
    close: () => clearInterval(timer),
  };
}

/**
 * Text that changes whenever a file does. For a missing file, it is only the fact that it is
 * missing.
 */
async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = files.map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined
      ? "-"
      : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
  });
  return (await Promise.all(stamps)).join("\n");
}
